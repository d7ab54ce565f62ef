"""Photos dealt to folds, as floors and suspected labels ask for them."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from leafgraft.data.dealing import fold_of_each


def test_folds_are_those_of_scikit_learn_whatever_labels_and_groups_are_called(monkeypatch):
    chance = np.random.default_rng(3)
    labels = chance.choice(np.array(["rust", "scab", "healthy"]), 200)
    groups = np.char.add("leaf-", np.sort(chance.integers(0, 90, 200)).astype(str))
    expected = np.empty(200, np.int64)
    dealer = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    for number, (_, out) in enumerate(dealer.split(labels, labels, groups)):
        expected[out] = number
    found = fold_of_each(labels, groups, 5)
    assert found.tolist() == expected.tolist()
    found[:] = 0  # nobody else's
    monkeypatch.setattr("sklearn.model_selection.StratifiedGroupKFold", None)  # remembered
    codes = np.unique(labels, return_inverse=True)[1]
    assert fold_of_each(codes, groups, 5).tolist() == expected.tolist()
