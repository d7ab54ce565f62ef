"""Floors are the same whatever the machine is busy with."""

import numpy as np
import pytest

from leafgraft.evaluation import floors


def test_votes_of_a_forest_are_added_up_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """In several threads the sum, and with it a tie, would depend on which tree is done first."""
    votes = floors.RandomForestClassifier.predict
    jobs: list[int] = []
    monkeypatch.setattr(
        floors.RandomForestClassifier, "predict", lambda self, table: jobs.append(self.n_jobs) or votes(self, table)
    )
    table = np.random.default_rng(0).normal(size=(60, 2))
    labels = np.where(table[:, 0] > 0, "a", "b")
    right = floors._forest(table, labels, np.arange(60).astype(str))
    assert jobs == [1] * floors.FOLDS
    assert right.mean() > 0.9
