from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from leafgraft.choices.heads.optimum import LinearHead, fit_heads
from leafgraft.choices.heads.standardisation import standardisation_of
from leafgraft.evaluation.distance import acceptance_threshold, fit_known_leaf
from leafgraft.evaluation.field.change import measure_change
from leafgraft.evaluation.field.cross_validation import (
    Tried,
    Validated,
    _best,
    balanced_losses,
    cross_validate,
    fold_of,
)
from leafgraft.evaluation.field.fit import TAUGHT, Known, Part, Place, fit_settings
from leafgraft.evaluation.field.label_curve import Heads, fit_curve, label_curve
from leafgraft.evaluation.field.leaf_or_not import LEAST, leaf_probability
from leafgraft.evaluation.field.teaching import teach
from leafgraft.evaluation.field.thresholds import LEAST_UNLABELLED, known_threshold, not_sure, set_threshold


def place(shift: float = 2.0, noise: float = 1.0, count: int = 60) -> Place:
    """Home, and a place where features are shifted; two photos a leaf."""
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(3, 10)) * 1.5

    def part(number: int, moved: float) -> Part:
        labels = np.arange(number) // 2 % 3
        features = centres[labels] + moved * centres[(labels + 1) % 3] + noise * generator.normal(size=(number, 10))
        return Part(features.astype(np.float32), labels.astype(np.int64))

    groups = np.array([f"leaf{row // 2}" for row in range(count)])
    return Place(Known(part(300, 0), 3), part(90, 0), part(count, shift), groups)


def with_unlabelled(one: Place, times: int) -> Place:
    """The same photos with so many times the features, and unlabelled ones beside them."""
    home, validation, labelled = (
        Part(np.tile(part.features, times), part.labels) for part in (one.known.home, one.validation, one.labelled)
    )
    scale = standardisation_of(validation.features)
    return Place(Known(home, 3, scale, unlabelled=validation.features), validation, labelled, one.groups)


def validate(*places: Place, before: float = 0.0) -> Validated:
    """Of the first network, where the verdict has this share of home's validation photos right."""
    photos = len(places[0].validation)
    return cross_validate(places, np.arange(photos) < before * photos)[0]


def test_photos_of_one_leaf_lie_in_one_fold():
    known = place()
    fold = fold_of(known)
    assert all(len(set(fold[known.groups == one])) == 1 for one in known.groups)
    assert set(fold) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("counts", [(4, 4, 4), (4, 4, 3), (4, 3, 3)])
def test_a_dozen_labels_of_as_many_classes_are_cross_validated(counts: tuple[int, ...]):
    known = place()
    labels = np.repeat([0, 1, 2], counts)
    few = replace(
        known,
        labelled=Part(known.labelled.features[: len(labels)], labels),
        groups=np.array([f"leaf{row // 2}" for row in range(len(labels))]),
    )
    found = validate(few)
    assert set(found.fold) == {0, 1, 2, 3, 4}
    assert all(len(set(found.fold[few.groups == one])) == 1 for one in few.groups)
    assert np.isfinite(found.logits).all()


def test_an_answer_comes_from_a_head_that_never_saw_the_label():
    """With labels drawn by chance, out of fold they are right by chance alone."""
    known = place(count=120)
    drawn = np.random.default_rng(1).integers(0, 3, 60).repeat(2)
    blind = replace(known, labelled=Part(known.labelled.features * 0, drawn))
    found = validate(blind)
    assert (found.logits.argmax(axis=1) == drawn).mean() < 0.5


def test_labels_of_the_place_help_there():
    known = place(shift=0.8, noise=0.6)
    found = validate(known, before=0.9)
    (alone,) = fit_heads(known.known.home.features, known.known.home.labels, 3, (0.1,))
    assert found.keeps_home
    right = (found.logits.argmax(axis=1) == known.labelled.labels).mean()
    assert right > (alone.predict(known.labelled.features) == known.labelled.labels).mean() + 0.05


def test_a_setting_that_loses_home_is_not_chosen_while_another_keeps_it():
    known = place(shift=4.0)
    found = validate(known, before=1.0)
    chosen = next(one for one in found.tried if one.setting == found.setting)
    if found.keeps_home:
        error = (chosen.right_at_home - 1).std() / len(known.validation) ** 0.5
        assert chosen.home + error >= 0.99
    else:
        assert chosen.home == max(one.home for one in found.tried)


def test_a_network_that_is_worse_at_home_than_the_verdict_does_not_keep_home():
    """Its own head may be as bad there: the gate looks at the verdict's."""
    known = place(shift=0.3, noise=0.6)
    blind = replace(known, validation=Part(0 * known.validation.features, known.validation.labels))
    found = cross_validate([known, blind], np.arange(len(known.validation)) < 80)
    assert [one.keeps_home for one in found] == [True, False]


def test_the_curve_rises_with_labels_and_forecasts_more():
    known = place(count=90)
    found = validate(known, before=0.9)

    def fit(rows: np.ndarray) -> LinearHead:
        return next(fit_settings(known.known, known.labelled.rows(rows), [found.setting]))[1]

    head, heads = fit_curve(found.fold, fit)
    np.testing.assert_array_equal(head.weight, fit(np.arange(90)).weight)
    points, forecast = label_curve(known, found.fold, heads, found.answers == known.labelled.labels)
    assert [one.labels for one in points][:3] == [15, 30, 60]
    assert points[-1].accuracy >= points[0].accuracy
    assert forecast is not None
    assert forecast.labels == 60
    assert forecast.interval[0] < forecast.points < forecast.interval[1]


def test_the_forecast_promises_no_more_than_can_be():
    known = place(count=60)
    found = validate(known, before=0.9)
    one_more = np.arange(60) > 0

    def heads(fold: np.ndarray) -> Heads:
        """A third is right with few labels."""
        return fit_curve(fold, lambda _: SimpleNamespace(predict=lambda of: np.zeros(len(of), dtype=np.int64)))[1]

    _, forecast = label_curve(known, found.fold, heads(found.fold), one_more)
    assert forecast is not None
    assert forecast.points == forecast.interval[1] == pytest.approx(1 / 60)
    few = replace(known, labelled=known.labelled.rows(np.arange(24)), groups=known.groups[:24])
    points, forecast = label_curve(few, fold_of(few), heads(fold_of(few)), one_more[:24])
    assert len(points) == 2
    assert forecast is None


@pytest.mark.parametrize("after", [0, 1])
def test_the_gates(after: int):
    labels = np.repeat([0, 1], 100)
    wrong = 1 - labels
    groups = np.arange(200).astype(np.str_)
    half = np.where(np.arange(200) % 2 == 0, labels, wrong)
    change = measure_change(half, labels if after else wrong, labels, groups)
    assert change.shown_better == bool(after)
    assert change.shown_worse == (not after)
    assert change.before == 0.5
    assert change.difference == (0.5 if after else -0.5)
    assert change.p < 1e-6


def test_a_small_loss_on_few_photos_is_not_shown():
    labels = np.zeros(50, np.int64)
    after = labels.copy()
    after[0] = 1
    change = measure_change(labels, after, labels, np.arange(50).astype(np.str_))
    assert not change.shown_worse
    assert not change.shown_better


@pytest.mark.parametrize("more", range(1, 7))
def test_a_handful_of_photos_that_are_better_is_a_gain_where_p_says_so(more: int) -> None:
    labels = np.arange(40) % 2
    before = np.where(np.arange(40) < more, 1 - labels, labels)
    change = measure_change(before, labels, labels, np.arange(40).astype(np.str_))
    assert change.shown_better == (change.p < 0.05) == (more > 4)


@pytest.mark.parametrize("wanted", [0.05, 0.2])
def test_about_as_many_are_declined_as_wanted(wanted: float):
    probabilities = np.random.default_rng(0).dirichlet([1, 1, 1], size=400)
    sure = np.sort(probabilities, axis=1)
    probabilities[:, 0] += 2 * sure[:, -1]
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    threshold = set_threshold(probabilities, wanted)
    assert abs(((probabilities >= threshold).sum(axis=1) != 1).mean() - wanted) < 0.01


def test_where_no_threshold_declines_so_few_the_nearest_is_taken():
    weak = np.tile([0.49, 0.48, 0.03], (100, 1))  # one class is in the set from above 0.48 on only
    weak[:80] = [0.36, 0.34, 0.30]  # and here up to 0.36 only
    assert not_sure(weak, set_threshold(weak, 0.05)) == pytest.approx(0.2)


@pytest.mark.parametrize(("unlabelled", "setting"), [(LEAST_UNLABELLED, LEAST_UNLABELLED), (1, 60), (None, 60)])
def test_a_few_unlabelled_photos_do_not_decide_what_is_a_known_leaf(unlabelled: int | None, setting: int):
    known = place()
    leaf = fit_known_leaf(known.known.home.features, known.known.home.labels)
    far = None if unlabelled is None else known.labelled.features[:unlabelled] + 100
    out_of_fold = leaf.distances(known.labelled.features)
    threshold, photos = known_threshold(leaf, far, out_of_fold)
    assert photos == setting
    used = leaf.distances(far) if far is not None and setting == len(far) else out_of_fold
    assert threshold == acceptance_threshold(used)


def test_leaves_elsewhere_are_told_from_pictures_without_one():
    generator = np.random.default_rng(0)
    leaves, pictures = generator.normal(size=(200, 512)), generator.normal(size=(40, 512)) + 2
    elsewhere = generator.normal(size=(50, 512)) - 0.3
    found = leaf_probability(leaves, pictures, np.concatenate([elsewhere, pictures]))
    assert (found[:50] > LEAST).all()
    assert (found[50:] < LEAST).all()


def test_of_settings_that_are_as_good_in_the_place_the_one_that_is_best_at_home_is_chosen():
    known = place(shift=0.3, noise=2.0, count=24)
    found = validate(known)
    labels = known.labelled.labels
    lost = {one.setting: balanced_losses(one.logits, labels) for one in found.tried}
    lowest = min(lost.values(), key=lambda of: of.mean())
    near = [
        one
        for one in found.tried
        if (lost[one.setting] - lowest).mean() <= (lost[one.setting] - lowest).std() / len(labels) ** 0.5 + 1e-12
    ]
    assert len({one.home for one in near}) > 1
    assert next(one for one in found.tried if one.setting == found.setting).home == max(one.home for one in near)


def test_learning_from_unlabelled_photos_is_preferred_unless_it_is_shown_worse():
    known = place(shift=0.3, noise=2.0)
    unlabelled = place(shift=0.3, noise=2.0, count=600).labelled.features[100:]
    whole = replace(known.known, scale=standardisation_of(unlabelled), unlabelled=unlabelled)
    found = validate(replace(known, known=whole))
    assert found.setting.taught
    wrong = replace(whole, unlabelled=-unlabelled)
    found = validate(replace(known, known=wrong))
    assert not found.setting.taught


def test_where_what_is_taught_costs_home_a_head_that_may_grow_is_taken():
    """A head that must stay small gives up home for the many rows that it is taught."""
    one, more = place(shift=1.5, noise=1.0), place(shift=1.5, noise=1.0, count=600)
    unlabelled = more.labelled.features[100:]
    known = replace(one, known=replace(one.known, scale=standardisation_of(unlabelled), unlabelled=unlabelled))
    small, large = TAUGHT
    home = {tried.setting: tried.home for tried in validate(known).tried}
    assert home[large] > home[small] + 0.1
    assert validate(known, before=home[large]).setting == large


def test_of_what_is_taught_and_keeps_home_the_better_one_in_the_place_is_taken():
    generator, labels = np.random.default_rng(0), np.arange(60) % 3
    logits = 2 * np.eye(3)[labels] + generator.normal(size=(60, 3))
    better = Tried(TAUGHT[0], logits, np.array([1.0, 1.0, 1.0, 0.0]))
    worse = Tried(TAUGHT[1], logits + 0.3 * generator.normal(size=(60, 3)), np.ones(4))
    pairs = [(one, one.logits) for one in (better, worse)]
    assert balanced_losses(better.logits, labels).mean() < balanced_losses(worse.logits, labels).mean()
    assert _best(pairs, labels) is _best(pairs[::-1], labels) is better


def test_a_network_is_taught_what_another_one_knows():
    """The second network tells the classes of the place apart, the first one hardly; it learns that from the other."""
    blurred, clear = place(shift=1.2, noise=2.5, count=18), place(shift=1.2, noise=0.3, count=18)
    more = np.random.default_rng(5).integers(0, 3, 400)

    def unlabelled(one: Place, noise: float) -> Place:
        centres = np.stack([one.labelled.features[one.labelled.labels == number].mean(axis=0) for number in range(3)])
        found = centres[more] + noise * np.random.default_rng(6).normal(size=(400, 10))
        features = found.astype(np.float32)
        return replace(one, known=replace(one.known, scale=standardisation_of(features), unlabelled=features))

    blurred, clear = unlabelled(blurred, 2.5), unlabelled(clear, 0.3)
    every, right = np.arange(18), []
    for places in ([blurred], [blurred, clear]):
        said = teach(places, every).said
        ((_, head),) = fit_settings(blurred.known, blurred.labelled, TAUGHT[:1], said)
        right.append((head.predict(blurred.known.unlabelled) == more).mean())
    assert right[1] > right[0]


def test_figures_do_not_depend_on_how_many_heads_are_fitted_at_once(monkeypatch):
    known, wide = (with_unlabelled(place(count=30), times) for times in (1, 2))
    before = np.arange(len(known.validation)) < 80
    beside = cross_validate([known, wide], before)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    for one, alone in zip(beside, cross_validate([known, wide], before), strict=True):
        np.testing.assert_array_equal(one.logits, alone.logits)
        assert one.setting == alone.setting
    for one, alone in zip(beside[::-1], cross_validate([wide, known], before), strict=True):
        np.testing.assert_allclose(one.logits, alone.logits, atol=1e-9)  # each network has its own, whatever the order


def test_references_of_known_leaves_do_not_depend_on_the_number_of_threads():
    generator = np.random.default_rng(0)
    features, labels = generator.normal(size=(300, 600)).astype(np.float32), np.arange(300) % 3
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, "blas"):
            found.append(fit_known_leaf(features, labels))
    np.testing.assert_array_equal(found[0].projection, found[1].projection)
