"""The set that holds the best against arch's model confidence set; largest differences against Tukey's range."""

import numpy as np
import pytest
from arch.bootstrap import MCS
from scipy import stats

from leafgraft.evaluation.comparison.compare import exact_p
from leafgraft.evaluation.comparison.joint_bootstrap import JointBootstrap, draw_jointly
from leafgraft.evaluation.predictions.aligned_rows import Answers, Rows

PHOTOS = 600


def answered(accuracies, random_state):
    """Whether each recipe has each photo right, correlated by 0.5, shape (N, K)."""
    generator = np.random.default_rng(random_state)
    shared = generator.normal(size=(PHOTOS, 1))
    own = generator.normal(size=(PHOTOS, len(accuracies)))
    return (shared + own) / np.sqrt(2) + stats.norm.ppf(accuracies) > 0


def joined(right_nk):
    label = np.zeros(PHOTOS, dtype=np.int64)
    answers = tuple(
        Answers(f"r{k}", 1 - line[None].astype(np.int64), line[None], np.full((1, PHOTOS), 0.9), np.ones((1, PHOTOS)))
        for k, line in enumerate(right_nk.T)
    )
    rows = Rows(np.arange(PHOTOS).astype(str), PHOTOS, label, np.arange(PHOTOS), PHOTOS, ("a", "b"), answers)
    return draw_jointly(rows, exact_p(rows), 0, range(len(answers)))


def pairs_of(recipes):
    return [(min(a, b), max(a, b)) for place, a in enumerate(recipes) for b in recipes[place + 1 :]]


@pytest.mark.parametrize("state", range(6))
def test_the_set_is_left_in_the_order_and_at_the_p_values_of_the_model_confidence_set(state):
    # theirs are of a plain bootstrap without the exact test of each pair, so ours are a little larger
    right = answered([0.9, 0.9, 0.88, 0.87, 0.83], state)
    theirs = MCS(1.0 - right, size=0.05, reps=4000, block_size=1, method="R", bootstrap="circular", seed=state)
    theirs.compute()
    ours = joined(right)
    left, largest = sorted(range(5), key=lambda one: -ours.accuracy[one]), 0.0
    for one, p in theirs.pvalues["Pvalue"].iloc[:4].items():
        assert one == left[-1]
        largest = max(largest, min(ours.adjusted(pairs_of(left)).values()))
        assert largest == pytest.approx(float(p), abs=0.01 + 0.1 * float(p))
        left.remove(one)
    if (abs(theirs.pvalues["Pvalue"] - 0.05) > 0.01).all():
        assert sorted(ours.holds_best(range(5))) == sorted(theirs.included)


@pytest.mark.parametrize(("recipes", "range_"), [(3, 3.314), (5, 3.858), (10, 4.474), (20, 5.012)])
def test_independent_recipes_need_tukeys_range(recipes, range_):
    # upper 5% points of the studentised range at infinite degrees of freedom, as tables print them (Pearson & Hartley)
    z = range_ / np.sqrt(2)
    generator = np.random.default_rng(0)
    accuracy, distance = np.zeros(recipes), np.zeros((recipes, recipes))
    accuracy[0], distance[0, 1], distance[1, 0] = z * np.sqrt(2), z, -z
    joint = JointBootstrap(
        accuracy,
        2 * stats.norm.sf(np.abs(distance)),
        distance,
        np.full((recipes, recipes), 1 / np.sqrt(2)),
        np.full((recipes, recipes), 9.0),
        generator.standard_normal((recipes, 40_000)),
    )
    assert joint.adjusted(pairs_of(range(recipes)))[0, 1] == pytest.approx(0.05, abs=0.004)


def test_step_down_by_its_definition():
    # Romano & Wolf 2005, algorithm 4.1: the k-th largest is compared with the largest drawn among those not yet shown
    joint = joined(answered([0.93, 0.9, 0.88, 0.84], 3))
    pairs = pairs_of(range(4))
    drawn = np.stack(
        [
            np.minimum(np.abs(joint.draws[a] - joint.draws[b]) * joint.per_error[a, b], joint.farthest[a, b])
            for a, b in pairs
        ]
    )
    observed = np.array([abs(joint.z[pair]) for pair in pairs])
    left, least, wanted = list(range(6)), 0.0, {}
    while left:
        top = max(left, key=lambda one: observed[one])
        of_draws = (1 + (drawn[left].max(axis=0) >= observed[top]).sum()) / (1 + drawn.shape[1])
        alone = joint.p[pairs[top]]
        least = max(least, alone, min(1.0, of_draws, len(left) * alone))
        wanted[pairs[top]] = least
        left.remove(top)
    assert joint.adjusted(pairs) == pytest.approx(wanted)
