"""Accuracies on disturbed photos have the intervals of other accuracies."""

import numpy as np
import pytest

from leafgraft.evaluation.diagnosis.disturbed import accuracies
from leafgraft.evaluation.gaps import share_of_groups


def test_every_figure_has_its_interval_over_leaves():
    generator = np.random.default_rng(0)
    group = np.array([f"g{row // 3}" for row in range(90)])
    hard = np.repeat(generator.random(30), 3)
    clean, blur, crop = hard < 0.95, np.stack([hard < 0.9, hard < 0.6]), np.stack([hard < 0.8, hard < 0.3])
    found = accuracies(clean, {"blur": blur, "crop": crop}, group)
    assert (found["clean"], found["clean_interval"]) == share_of_groups(clean[None], group)
    for name, right in {"blur": blur, "crop": crop}.items():
        assert found["kinds"][name] == pytest.approx(right.mean(axis=1))
        assert found["intervals"][name] == [share_of_groups(one[None], group)[1] for one in right]
    assert found["mean"] == pytest.approx(np.concatenate([blur, crop]).mean())
    low, high = found["mean_interval"]
    assert low < found["mean"] < high
    leaves, whole = np.arange(30), np.concatenate([blur, crop])[:, ::3].mean(axis=0)  # photos of a leaf are alike
    drawn = whole[generator.integers(0, len(leaves), (20_000, len(leaves)))].mean(axis=1)
    assert high - low == pytest.approx(4.09 * drawn.std(), rel=0.06)  # Student's t of 29
    assert found["photos"] == 90
