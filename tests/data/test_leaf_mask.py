"""Where the leaf is."""

import numpy as np

from leafgraft.data.drawn.leaf import CLASSES, draw_leaf
from leafgraft.data.leaf_mask import leaf_mask, leaf_masks


def drawn(count: int, side: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    return np.stack([draw_leaf(CLASSES[number % len(CLASSES)], side, generator) for number in range(count)])


def test_photos_together_are_masked_as_each_alone() -> None:
    odd = [np.full((64, 64, 3), 90, np.uint8), np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)]
    photos = np.concatenate([drawn(12, 64), np.stack(odd)])
    np.testing.assert_array_equal(leaf_masks(photos), np.stack([leaf_mask(photo) for photo in photos]))


def test_a_leaf_before_a_plain_background_is_found_without_its_surroundings() -> None:
    row, column = np.mgrid[:64, :64]
    leaf = ((row - 30) / 20) ** 2 + ((column - 34) / 12) ** 2 <= 1
    hole = (row - 30) ** 2 + (column - 34) ** 2 <= 9  # a spot of the background's colour belongs to the leaf
    photo = np.where((leaf & ~hole)[..., None], (40, 140, 50), (200, 190, 185)).astype(np.uint8)
    speck = photo.copy()
    speck[2:6, 2:6] = (40, 140, 50)  # not a part of it
    for one in (photo, speck):
        found = leaf_mask(one)
        assert (found & leaf).sum() / (found | leaf).sum() > 0.85
        assert found[30, 34]
        assert not found[4, 4]


def test_where_colour_tells_nothing_the_middle_counts_as_the_leaf() -> None:
    found = leaf_mask(np.full((60, 90, 3), 120, np.uint8))
    assert found.shape == (60, 90)
    assert found[30, 45]
    assert not found[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert 0.2 < found.mean() < 0.6


def test_large_photos_are_marked_at_their_own_size() -> None:
    small, large = drawn(2, 128), drawn(2, 128).repeat(3, axis=1).repeat(3, axis=2)
    assert leaf_masks(large).shape == (2, 384, 384)
    assert (leaf_masks(large)[:, 1::3, 1::3] != leaf_masks(small)).mean() < 0.01
