"""Which pairs of photos may show one leaf: cheap hints, each of which is verified on the pixels afterwards."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from leafgraft.data.decode.thumbnails import Thumbnails
from leafgraft.data.groups.descriptors import Description
from leafgraft.data.groups.hashes import close_pairs, pose_hashes
from leafgraft.data.groups.neighbours import Pairs, distances, near_pairs, unique_pairs
from leafgraft.data.groups.spectrum import Layers

LARGEST_STEP = 3  # between serial numbers
WIDER = 3.0  # neighbours are looked for this much farther than where 99.5% of made-up copies lie
SERIAL_WIDER = HASH_WIDER = 2.0


def propose(thumbnails: Thumbnails, measured: Layers, description: Description, paths: Sequence[str]) -> Pairs:
    """Propose pairs by hash, by description and by serial numbers.

    Args:
        thumbnails: Small versions of N photos.
        measured: Measurements of the photos, shape (N, 93).
        description: Learned from them.
        paths: Paths of the photos.

    Returns:
        Rows of each pair, the smaller first, sorted, shape (M, 2).
    """
    points_nd, reach = description.of(measured), description.reach
    serial, close = serial_pairs(paths), close_pairs(pose_hashes(thumbnails.grey_nhw))
    found = [
        near_pairs(points_nd, WIDER * reach),
        close[distances(points_nd, close) <= HASH_WIDER * reach],
        serial[distances(points_nd, serial) <= SERIAL_WIDER * reach],
    ]
    return unique_pairs(np.concatenate(found))


def propose_between(
    both: tuple[Thumbnails, Thumbnails], measured: tuple[Layers, Layers], description: Description
) -> Pairs:
    """Propose pairs of a photo of the one set and a photo of the other, by hash and by description.

    Args:
        both: Small versions of N and of M photos.
        measured: Measurements of the same, shapes (N, 93) and (M, 93).
        description: Learned from the first set.

    Returns:
        Row in the first and row in the second set of each pair, shape (M, 2).
    """
    points_nd, count = np.concatenate([description.of(one) for one in measured]), len(measured[0])
    is_second = np.arange(len(points_nd)) >= count
    close = close_pairs(np.concatenate([pose_hashes(one.grey_nhw) for one in both]))
    close = close[distances(points_nd, close) <= HASH_WIDER * description.reach]
    near = near_pairs(points_nd, WIDER * description.reach, sides=is_second)
    pairs = unique_pairs(np.concatenate([near, close]))
    return np.asarray(pairs[is_second[pairs[:, 0]] != is_second[pairs[:, 1]]] - np.array([0, count]))


def serial_pairs(paths: Sequence[str]) -> Pairs:
    """Photos in one folder whose names differ only in their last number, by at most 3."""
    series: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row, path in enumerate(paths):
        parts = re.fullmatch(r"(.*?)(\d{1,15})(\D*)", path)
        if parts:
            series.setdefault((parts[1], parts[3]), []).append((int(parts[2]), row))
    pairs = [(-1, -1)]
    for numbered in series.values():
        numbered.sort()
        for ahead in range(1, LARGEST_STEP + 1):
            pairs += [
                (row, other_row)
                for (number, row), (other, other_row) in zip(numbered, numbered[ahead:], strict=False)
                if other - number <= LARGEST_STEP
            ]
    return unique_pairs(np.array(pairs, dtype=np.int64))
