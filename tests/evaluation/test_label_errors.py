"""Wrong labels are found, and what the other photos cannot judge is not suspected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from leafgraft.evaluation.label_errors import suspect_labels

NAMES = np.array(["early", "healthy", "late", "rust"])


def drawn(counts: tuple[int, ...], photos_each: int = 1) -> tuple[NDArray[np.float32], NDArray[Any], NDArray[Any]]:
    """Features that tell the classes, labels and groups; so many photos of each class."""
    label = np.repeat(np.arange(len(counts)), counts)
    features = 6 * np.eye(4, 12)[label] + np.random.default_rng(0).normal(size=(len(label), 12))
    groups = np.array([f"leaf {row // photos_each}" for row in range(len(label))])
    return features.astype(np.float32), NAMES[label], groups


def test_labels_that_were_changed_are_suspected_and_few_others() -> None:
    features, labels, groups = drawn((60, 60, 60))
    labels[[0, 70, 130]] = "late", "early", "healthy"
    found = suspect_labels(features, labels, groups)
    assert found.suspects[[0, 70, 130]].all()
    assert found.suspects.sum() < 10
    assert (found.better_label[[0, 70, 130]] == ["early", "healthy", "late"]).all()


@pytest.mark.parametrize("rare", [1, 2])
def test_a_class_of_one_leaf_makes_no_suspects_of_the_photos_held_out_with_it(rare: int) -> None:
    features, labels, groups = drawn((60, 60, 60, rare))
    groups[labels == "rust"] = "one leaf"
    found = suspect_labels(features, labels, groups)
    assert found.suspects.sum() < 10
    assert not found.suspects[labels == "rust"].any()
    assert "rust" not in found.better_label[found.suspects]


def test_photos_of_fewer_leaves_than_folds_are_judged_as_far_as_can_be() -> None:
    features, labels, groups = drawn((20, 20), photos_each=10)
    labels[3] = "healthy"
    found = suspect_labels(features, labels, groups)
    assert found.suspects.sum() <= 1
    assert found.better_label[3] == "early"
    assert found.given_probability.argmin() == 3


@pytest.mark.parametrize(("counts", "photos_each"), [((1, 1, 1), 1), ((10, 10), 100)])
def test_one_photo_of_each_class_or_one_leaf_in_all_says_nothing_of_labels(
    counts: tuple[int, ...], photos_each: int
) -> None:
    assert not suspect_labels(*drawn(counts, photos_each)).suspects.any()
