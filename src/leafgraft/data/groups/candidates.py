"""Which pairs of photos may show one leaf: cheap hints, each of which is verified on the pixels afterwards."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from leafgraft.data.decode.thumbnails import Thumbnails
from leafgraft.data.groups.descriptors import learn, measure_all
from leafgraft.data.groups.hashes import close_pairs, pose_hashes
from leafgraft.data.groups.neighbours import Pairs, distances, near_pairs, unique_pairs

LARGEST_STEP = 3  # between serial numbers
WIDER = 3.0  # neighbours are looked for this much farther than where 99.5% of made-up copies lie
SERIAL_WIDER = HASH_WIDER = 2.0


def propose(thumbnails: Thumbnails, paths: Sequence[str], jobs: int = 0) -> Pairs:
    """Propose pairs by hash, by description and by serial numbers.

    Args:
        thumbnails: Small versions of N photos.
        paths: Of the photos.
        jobs: Threads; 0 takes every core.

    Returns:
        Rows of each pair, the smaller first, sorted, shape (M, 2).
    """
    if len(paths) < 2:
        return np.empty((0, 2), dtype=np.int64)
    measured = measure_all(thumbnails, jobs)
    description = learn(thumbnails, measured, jobs)
    points_nd, reach = description.of(measured), description.reach
    serial, close = serial_pairs(paths), close_pairs(pose_hashes(thumbnails.grey_nhw))
    found = [
        near_pairs(points_nd, WIDER * reach),
        close[distances(points_nd, close) <= HASH_WIDER * reach],
        serial[distances(points_nd, serial) <= SERIAL_WIDER * reach],
    ]
    return unique_pairs(np.concatenate(found))


def propose_between(first: Thumbnails, second: Thumbnails, jobs: int = 0) -> Pairs:
    """Propose pairs of a photo of the one set and a photo of the other, by hash and by description.

    Returns:
        Row in the first and row in the second set of each pair, shape (M, 2).
    """
    measured = measure_all(first, jobs)
    description = learn(first, measured, jobs)
    points_nd = np.concatenate([description.of(measured), description.of(measure_all(second, jobs))])
    is_second = np.arange(len(points_nd)) >= len(measured)
    close = close_pairs(np.concatenate([pose_hashes(first.grey_nhw), pose_hashes(second.grey_nhw)]))
    close = close[distances(points_nd, close) <= HASH_WIDER * description.reach]
    near = near_pairs(points_nd, WIDER * description.reach, sides=is_second)
    pairs = unique_pairs(np.concatenate([near, close]))
    return np.asarray(pairs[is_second[pairs[:, 0]] != is_second[pairs[:, 1]]] - np.array([0, len(measured)]))


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
