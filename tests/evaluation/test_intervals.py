import numpy as np
import pytest
from drawn_predictions import draw_recipes

from leafgraft.evaluation.gaps import (
    interval_of_recalls,
    intervals_of_classes,
    mean_of_groups,
    paired_gap,
    parts_of,
    share_of_groups,
    unpaired_gap,
)
from leafgraft.evaluation.intervals import add_variances, loss_interval, resample, share_interval, variance_of
from leafgraft.evaluation.predictions.aligned_rows import align
from leafgraft.evaluation.sign_flip import sign_flip_p


def laid(accuracies, **settings):
    recipes = draw_recipes(accuracies, **settings)
    return align([(one.name, one.trials) for one in recipes], "test")


@pytest.mark.parametrize("seeds", [1, 4])
def test_draws_agree_with_the_closed_form(seeds):
    rows = laid([0.9, 0.8], seeds=seeds, photos=400)
    draws = resample(rows, 20_000, 0)
    a, b = rows.answers
    found = variance_of(draws[0], draws[1], "accuracy", rows.groups)
    by_draws = 2 * found.quantile * found.total**0.5
    _, (low, high) = paired_gap(a.correct, b.correct, rows.group)
    assert by_draws == pytest.approx(high - low, rel=0.03)
    _, (low, high) = share_of_groups(a.correct, rows.group)
    alone = share_interval(a.correct.mean(), variance_of(draws[0], None, "accuracy", rows.groups), rows.groups)
    assert alone == pytest.approx((low, high), abs=0.002)


def test_figures_of_a_class_are_shares_where_they_are_shares():
    rows = laid([0.85], photos=400)
    (answers,) = rows.answers
    found = intervals_of_classes(answers.predicted, rows.label, rows.group, rows.classes)
    assert list(found) == list(rows.classes)
    for place, name in enumerate(rows.classes):
        for figure, of in (("recall", rows.label == place), ("precision", answers.predicted[0] == place)):
            assert found[name][figure] == share_of_groups(answers.correct[:, of], rows.group[of])[1]


@pytest.mark.parametrize("figure", ["precision", "recall", "f1"])
@pytest.mark.parametrize("seeds", [1, 3])
def test_figures_of_a_class_agree_with_draws_of_groups(figure, seeds):
    rows = laid([0.85], photos=600, seeds=seeds)
    (answers,) = rows.answers
    low, high = intervals_of_classes(answers.predicted, rows.label, rows.group, rows.classes)["late"][figure]
    generator, late = np.random.default_rng(0), rows.classes.index("late")
    weights = generator.multinomial(rows.groups, np.full(rows.groups, 1 / rows.groups), 4000)[:, rows.group]
    called, true = answers.predicted == late, np.broadcast_to(rows.label == late, answers.predicted.shape)
    whole = {"precision": called * 2, "recall": true * 2, "f1": called * 1 + true}[figure]
    of_seeds = [2 * (weights @ right) / (weights @ of) for right, of in zip(called & true, whole, strict=True)]
    drawn = np.mean(of_seeds, axis=0).std()
    if seeds == 1:
        assert high - low == pytest.approx(2 * 1.97 * drawn, rel=0.06)
    else:
        assert high - low > 2 * 1.97 * 0.95 * drawn


def test_a_mean_of_values_of_one_kind_is_a_share():
    generator = np.random.default_rng(3)
    group, right = np.arange(200) // 4, generator.random(200) < 0.8
    (mean, interval), wanted = mean_of_groups(right.astype(float), group), share_of_groups(right[None], group)
    assert [mean, *interval] == pytest.approx([wanted[0], *wanted[1]], abs=1e-12)
    value, (low, high) = mean_of_groups(generator.uniform(0.7, 0.9, 200), group)
    assert 0 < high - low < 0.05
    assert low < value < high


def test_a_class_that_is_never_called_or_never_there_is_told_nothing_of():
    label, group = np.array([0, 0, 1, 1, 1]), np.arange(5)
    found = intervals_of_classes(np.array([[0, 0, 0, 0, 0]]), label, group, ("a", "b", "c"))
    assert found["b"]["precision"] == (0.0, 1.0)
    assert found["b"]["recall"] == share_of_groups(np.zeros((1, 3), dtype=bool), np.arange(3))[1]
    assert found["c"] == dict.fromkeys(("precision", "recall", "f1"), (0.0, 1.0))


def test_seeds_that_call_a_class_unequally_often_widen_its_precision():
    generator = np.random.default_rng(2)
    label, group, hard = np.repeat([0, 1], 300), np.arange(600), generator.random(600)
    alike = np.stack([np.where(hard < 0.1, 1 - label, label)] * 3)
    apart = np.stack([np.where(hard < share, 1 - label, label) for share in (0.02, 0.1, 0.25)])
    narrow, wide = (intervals_of_classes(one, label, group, ("a", "b"))["a"]["precision"] for one in (alike, apart))
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


def test_groups_widen_what_rows_alone_would_say():
    rows = laid([0.8], photos=400)
    correct = np.repeat(np.random.default_rng(0).random(100) < 0.8, 4)[None, :]
    of_groups = share_of_groups(correct, np.repeat(np.arange(100), 4))[1]
    of_rows = share_of_groups(correct, np.arange(400))[1]
    assert of_groups[1] - of_groups[0] == pytest.approx(2 * (of_rows[1] - of_rows[0]), rel=0.1)
    assert rows.groups < 400


def test_seeds_that_differ_widen():
    generator = np.random.default_rng(1)
    base = generator.random(400)
    alike = np.stack([base < 0.85] * 3)
    apart = np.stack([base < 0.80, base < 0.85, base < 0.90])
    narrow, wide = (share_of_groups(lines, np.arange(400))[1] for lines in (alike, apart))
    assert wide[1] - wide[0] > 1.5 * (narrow[1] - narrow[0])


def test_seeds_that_answer_alike_do_not_scatter_by_rounding():
    found = parts_of(np.tile(np.arange(40) < 38, (3, 1)), np.arange(40))
    assert (found.between, found.noise, found.of_seeds) == (0.0, 0.0, 0.0)
    assert found.mean == 38 / 40


def test_where_all_groups_agree_rounding_leaves_no_interval_without_width():
    group, third = np.repeat(np.arange(30), 3), np.arange(90)[None] % 3 == 0
    low, high = share_of_groups(third, group)[1]
    assert high - low > 0.2
    value, (low, high) = paired_gap(third, np.zeros((3, 90), dtype=bool), group)
    missed, of_mid_p = 1 - 0.025 ** (1 / 30), 1 - 0.05 ** (1 / 30)
    assert (low, high) == pytest.approx((value * (1 - 2 * of_mid_p), value + missed * (1 - value)))
    assert paired_gap(third, third, group)[1] == pytest.approx((-missed, missed))


@pytest.mark.parametrize("leaves", range(2, 9))
def test_where_all_leaves_tell_the_same_the_interval_leaves_out_zero_as_p_does(leaves):
    group, one = np.repeat(np.arange(leaves), 2), np.tile([True, False], leaves)[None]
    nothing = np.zeros((1, 2 * leaves), dtype=bool)
    p = sign_flip_p(np.ones(leaves, dtype=np.int64))
    assert (paired_gap(one, nothing, group)[1][0] > 0) == (p < 0.05)
    assert (paired_gap(nothing, one, group)[1][1] < 0) == (p < 0.05)


def test_of_one_leaf_the_interval_leaves_all_open():
    assert paired_gap(np.ones((1, 2), dtype=bool), np.zeros((1, 2), dtype=bool), np.zeros(2))[1] == (-1.0, 1.0)


def test_satterthwaite():
    assert add_variances(2.0, 10, []).freedom == pytest.approx(10)
    both = add_variances(1.0, 100, [(1.0, 2)])
    assert both.total == 2.0
    assert both.freedom == pytest.approx(4 / (1 / 100 + 1 / 2))


def test_ends_stay_in_range():
    sure = add_variances(0.0, 99, [])
    low, high = share_interval(1.0, sure, 100)
    assert high == 1.0
    assert low == pytest.approx(100 / (100 + sure.quantile**2))  # Wilson at 100 of 100
    assert loss_interval(0.1, add_variances(0.01, 50, []))[0] > 0


def test_unpaired_gap():
    generator = np.random.default_rng(2)
    one, other = generator.random((1, 500)) < 0.95, generator.random((1, 300)) < 0.85
    value, (low, high) = unpaired_gap((one, np.arange(500)), (other, np.arange(300)))
    wald = 1.96 * np.sqrt(one.var() / 500 + other.var() / 300)
    assert value == pytest.approx(one.mean() - other.mean())
    assert (high - low) / 2 == pytest.approx(wald, rel=0.02)


def test_same_seed_same_draws():
    rows = laid([0.9])
    assert (resample(rows, 50, 3)[0].over_seeds == resample(rows, 50, 3)[0].over_seeds).all()


def test_coverage_of_single_accuracies():
    # 300 studies of 200 photos in groups, two correlated answers a group; 95% wanted, 3 standard errors allowed
    generator = np.random.default_rng(5)
    held = 0
    for _ in range(300):
        group = np.repeat(np.arange(100), 2)
        leaf = generator.normal(size=100)[group]
        correct = (np.sqrt(0.6) * leaf + np.sqrt(0.4) * generator.normal(size=200) + 1.6449 > 0)[None, :]
        low, high = share_of_groups(correct, group)[1]
        held += low <= 0.95 <= high
    assert held / 300 == pytest.approx(0.95, abs=0.038)


def test_a_class_of_three_photos_leaves_balanced_accuracy_open_though_all_are_right():
    label = np.repeat([0, 1], [120, 3])
    low, high = interval_of_recalls(np.ones((1, 123), dtype=bool), label, np.arange(123), 0.0)
    of_three = 1 - 3 / (3 + 1.96**2)  # below 1, by Wilson at 3 of 3
    of_many = 1 - 120 / (120 + 1.96**2)
    assert low == pytest.approx(1 - np.hypot(of_three, of_many) / 2, abs=1e-4) == pytest.approx(0.719, abs=0.001)
    assert high == 1.0


def test_with_one_class_alone_balanced_accuracy_has_the_interval_of_the_accuracy():
    correct, group = np.arange(100)[None] % 10 > 0, np.arange(100) // 2
    assert interval_of_recalls(correct, np.zeros(100, dtype=int), group, 0.0) == pytest.approx(
        share_of_groups(correct, group)[1]
    )


def test_seeds_widen_the_interval_of_balanced_accuracy():
    correct, label = np.arange(100)[None] % 10 > 0, np.arange(100) % 2
    narrow, wide = (interval_of_recalls(correct, label, np.arange(100), reach) for reach in (0.0, 0.1))
    assert 0.9 - wide[0] == pytest.approx(np.hypot(0.9 - narrow[0], 0.1))


@pytest.mark.parametrize("recalls", [(0.95, 0.7), (0.99, 0.95)])
def test_coverage_of_balanced_accuracy_of_unequal_classes(recalls):
    # 95% wanted at least, 3 standard errors allowed; the bootstrap over photos covers 65% and 59%
    generator = np.random.default_rng(7)
    label = np.repeat([0, 1], [120, 3])
    held = 0
    for _ in range(400):
        correct = (generator.random(123) < np.array(recalls)[label])[None]
        low, high = interval_of_recalls(correct, label, np.arange(123), 0.0)
        held += low <= np.mean(recalls) <= high
    assert held / 400 > 0.95 - 0.033
