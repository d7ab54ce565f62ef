from dataclasses import replace

import numpy as np
import pytest
from drawn_predictions import draw_recipes

from leafgraft.evaluation.comparison.counts import compare_paired_counts
from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.field.change import measure_change
from leafgraft.evaluation.sign_flip import sign_flip_p


def test_single_seed_with_groups_flips_groups():
    recipes = draw_recipes([0.9, 0.8])
    found = evaluate(recipes).pairs[0]
    a, b = (one.trials[0].predictions for one in recipes)
    right = [(p.logits.argmax(axis=1) == p.label).astype(int) for p in (a, b)]
    _, group = np.unique(a.group, return_inverse=True)
    wanted = sign_flip_p(np.bincount(group, weights=right[0] - right[1]).astype(np.int64))
    assert found.p == pytest.approx(wanted)


def test_multi_seed_p_and_interval_agree():
    for state in range(12):
        found = evaluate(draw_recipes([0.92, 0.85], seeds=3, random_state=state)).pairs[0]
        low, high = found.interval
        assert (low > 0 or high < 0) == (found.p < 0.05)


@pytest.mark.parametrize(("only_a", "shown"), [(15, False), (16, True)])
def test_an_interval_leaves_out_zero_only_where_the_p_of_its_pair_shows_a_difference(only_a, shown):
    a, b = draw_recipes([1.0, 1.0], photos=100)
    answers = a.trials[0].predictions
    right = np.eye(3, dtype=np.float32)[answers.label]
    wrong = np.roll(right, 1, axis=1)
    rows = np.arange(100)[:, None]
    alone = replace(answers, group=answers.photo_id)
    logits = [np.where((rows >= only_a) & (rows < only_a + 6), wrong, right), np.where(rows < only_a, wrong, right)]
    two = [
        replace(one, trials=(replace(one.trials[0], predictions=replace(alone, logits=of)),))
        for one, of in zip((a, b), logits, strict=True)
    ]
    (pair,) = evaluate(two, resamples=200).pairs
    found = compare_paired_counts(94 - only_a, only_a, 6, 0)
    new, old = ((of.argmax(axis=1) == answers.label).astype(np.int64) for of in logits)
    change = measure_change(old, new, np.ones(100, np.int64), answers.photo_id)
    for interval, p in (
        (pair.interval, pair.p),
        (found.interval, found.p),
        (change.difference_interval, change.p),
    ):
        assert (interval[0] > 0, p < 0.05) == (shown, shown)


def test_seeds_that_scatter_are_not_called_different():
    # b's three seeds scatter by more than the gap: the recipes are not told apart, however many photos there are
    recipes = draw_recipes([0.9, 0.9], seeds=3, photos=3000)
    bad = draw_recipes([0.80], seeds=3, photos=3000)[0].trials
    mixed = [recipes[1].trials[0], recipes[1].trials[1], bad[2]]
    b = type(recipes[1])("b", tuple(mixed))
    found = evaluate([recipes[0], b]).pairs[0]
    assert found.difference > 0.02
    assert found.p > 0.05


def test_false_winners_are_rare():
    # 150 small null studies of 4 equal recipes; 5% wanted at most, 3 standard errors allowed
    false = sum(
        max(one.tier for one in evaluate(draw_recipes([0.9] * 4, seeds=3, random_state=k), resamples=300).recipes) > 1
        for k in range(150)
    )
    assert false / 150 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


def test_three_photos_of_a_small_class_do_not_tell_macro_f1_apart():
    a, b = draw_recipes([1.0, 1.0], photos=123)
    label = np.where(np.arange(123) < 120, 0, 1)
    right = np.eye(3, dtype=np.float32)[label]
    never = np.eye(3, dtype=np.float32)[np.zeros(123, dtype=int)]

    def of(recipe, logits, count):
        answers = recipe.trials[0].predictions
        made = replace(answers, label=label, logits=logits, group=answers.photo_id)
        rows = {one: getattr(made, one)[-count:] for one in ("photo_id", "split", "label", "logits", "group")}
        return replace(recipe, trials=(replace(recipe.trials[0], predictions=replace(made, **rows)),))

    (pair,) = evaluate([of(a, right, 123), of(b, never, 123)], resamples=200).pairs
    difference, (low, high) = pair.other["macro_f1"].values()
    assert pair.p > 0.05  # three photos tell the two apart
    assert low < 0 < difference < high
    (alike,) = evaluate([of(a, right, 6), of(b, never, 6)], resamples=200).pairs  # as many of each class
    assert alike.p == pair.p
    assert alike.other["macro_f1"]["interval"][0] > low
