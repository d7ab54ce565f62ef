"""Photos unlike all others stand out by their distance from every class."""

from __future__ import annotations

import tracemalloc

import numpy as np

from leafgraft.evaluation.distance import FAR, KnownLeaf, strangeness

LABELS = np.repeat(["a", "b"], 100)
GROUPS = np.arange(200).astype(str)


def drawn(width: int) -> np.ndarray:
    generator = np.random.default_rng(1)
    features = generator.normal(size=(200, width)).astype(np.float32)
    features[100:, 0] += 6
    return features


def test_a_photo_far_from_every_class_stands_out() -> None:
    for width in (40, 600):
        features = drawn(width)
        features[7] *= 4
        assert list(np.flatnonzero(strangeness(features, LABELS, GROUPS) > FAR)) == [7]


def test_one_of_the_other_class_is_no_stranger() -> None:
    features = drawn(40)
    features[7, 0] += 6
    assert not (strangeness(features, LABELS, GROUPS) > FAR).any()


def test_photos_of_one_leaf_do_not_vouch_for_each_other() -> None:
    features = drawn(40)
    features[:30] = features[0] * 4
    together = np.where(np.arange(200) < 30, "leaf", GROUPS)
    assert (strangeness(features, LABELS, together)[:30] > FAR).all()


def test_too_few_or_equal_photos_tell_nothing() -> None:
    assert not strangeness(drawn(40)[:4], LABELS[:4], GROUPS[:4]).any()
    assert not strangeness(np.ones((200, 8), np.float32), LABELS, GROUPS).any()


def test_distances_of_many_photos_take_no_table_of_all_differences() -> None:
    generator = np.random.default_rng(2)
    references = generator.normal(size=(16, 640)).astype(np.float32)
    leaf = KnownLeaf(generator.normal(size=(64, 640)).astype(np.float32), references, "")
    features = generator.normal(size=(2000, 64)).astype(np.float32)
    tracemalloc.start()
    found = leaf.distances(features)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    projected = features @ leaf.projection
    squared = ((projected[:, None, :] - references[None]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(found, np.sqrt(squared.min(axis=1)).astype(np.float64))
    assert peak < 2000 * 16 * 640 * 4
