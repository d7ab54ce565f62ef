"""Labels that are likely wrong, as cleanlab finds them."""

from __future__ import annotations

import numpy as np
import pytest
from cleanlab.filter import find_label_issues

from leafgraft.evaluation.label_errors import confident_errors


@pytest.mark.parametrize(("photos", "classes", "sure"), [(12, 2, 1), (60, 2, 8), (60, 3, 3), (300, 5, 2), (300, 4, 20)])
def test_suspects_are_those_of_cleanlab(photos: int, classes: int, sure: float) -> None:
    found = 0
    for seed in range(20):
        chance = np.random.default_rng(seed)
        shares = 0.6 ** np.arange(classes) / (0.6 ** np.arange(classes)).sum()  # some classes are rare
        given = np.concatenate([np.arange(classes), chance.choice(classes, photos - classes, p=shares)])
        probabilities = chance.dirichlet(np.ones(classes), size=photos) + sure * shares * chance.random((photos, 1))
        probabilities[np.arange(photos), given] += chance.random(photos)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        wanted = find_label_issues(given, probabilities, filter_by="confident_learning", n_jobs=1)
        assert (confident_errors(probabilities, given) == wanted).all()
        found += int(wanted.sum())
    assert found


def test_a_label_that_is_the_likeliest_is_not_suspected() -> None:
    probabilities = np.array([[0.89, 0.11], [0.91, 0.09], [0.90, 0.10], [0.91, 0.09]])
    assert confident_errors(probabilities, np.array([0, 0, 0, 1])).tolist() == [False, False, False, True]
