"""Cohen's kappa as scikit-learn gives it, and an interval that holds the truth as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from leafgraft.evaluation.field.agreement import measure_agreement


def answers(chance: np.random.Generator, photos: int, classes: int, same: float) -> tuple[list[str], list[str]]:
    names = np.array(["건강", "none of these", "Late, blight", "cannot tell"][:classes])
    first, other = names[chance.integers(classes, size=(2, photos))]
    return first.tolist(), np.where(chance.random(photos) < same, first, other).tolist()


@pytest.mark.parametrize(("photos", "classes", "same"), [(12, 2, 0.3), (60, 3, 0.7), (300, 4, 0.9), (40, 2, 0.0)])
def test_kappa_is_that_of_sklearn(photos: int, classes: int, same: float) -> None:
    for seed in range(10):
        first, second = answers(np.random.default_rng(seed), photos, classes, same)
        found = measure_agreement(first, second)
        assert found.kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)
        assert found.same == pytest.approx(np.mean(np.array(first) == np.array(second)))
        assert found.photos == photos
        if found.interval:
            assert found.interval[0] <= found.kappa <= found.interval[1]


def test_the_interval_holds_the_truth() -> None:
    """The true kappa of these two is `same`: what is not copied is drawn evenly."""
    held = []
    for seed in range(150):
        found = measure_agreement(*answers(np.random.default_rng(seed), 100, 3, 0.6))
        assert found.interval
        held.append(found.interval[0] <= 0.6 <= found.interval[1])
    assert 0.9 <= np.mean(held) <= 0.99


def test_what_photos_cannot_tell_is_none() -> None:
    full = measure_agreement(["a", "b", "a"], ["a", "b", "a"])
    assert (full.same, full.kappa, full.interval) == (1.0, 1.0, None)
    of_chance = measure_agreement(["a", "a"], ["a", "a"])
    assert (of_chance.same, of_chance.kappa, of_chance.interval) == (1.0, None, None)
    worse = measure_agreement(["a", "b"], ["b", "a"])
    assert worse.kappa == pytest.approx(-1)
