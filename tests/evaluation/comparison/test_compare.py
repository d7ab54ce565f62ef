import numpy as np
import pytest
from drawn_predictions import draw_recipes

from leafgraft.evaluation.evaluate import evaluate
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
        if found.p < 0.05:
            assert low > 0 or high < 0
        if low <= 0 <= high:
            assert found.p >= 0.049


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
