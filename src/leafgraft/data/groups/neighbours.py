"""Near neighbours among many descriptions without a table of all pairs.

A forest of random trees: each halves the photos along a random direction until few are left, and photos in one leaf of
any tree are compared. The cost per photo grows with the logarithm of their number. Very near neighbours, as two
photos of one leaf are, part in few trees.

Source: Dasgupta and Freund, Random projection trees and low dimensional manifolds, STOC 2008.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TREES = 24  # more find more
LEAF_SIZE = 48
NEIGHBOURS = 5

Pairs = NDArray[np.int64]


def near_pairs(points_nd: NDArray[np.float32], reach: float, sides: NDArray[np.bool_] | None = None) -> Pairs:
    """Each photo with its 5 nearest, as far as they lie within `reach`.

    Args:
        points_nd: Shape (N, D).
        reach: Euclidean distance.
        sides: Which of two sets each photo is of, shape (N,): only pairs of both sets count. All pairs without.

    Returns:
        Rows of each pair, the smaller first, sorted, shape (M, 2).
    """
    generator = np.random.default_rng(2)
    found = [np.empty((0, 2), dtype=np.int64)]
    for _ in range(TREES):
        of_tree = [_near_in_leaf(points_nd, leaf, reach, sides) for leaf in _leaves(points_nd, generator)]
        found.append(unique_pairs(np.concatenate(of_tree)))
    pairs = unique_pairs(np.concatenate(found))
    return pairs[_among_nearest(points_nd, pairs)]


def unique_pairs(pairs: Pairs) -> Pairs:
    """Each pair once, the smaller row first, sorted; no row with itself."""
    smaller, larger = pairs.min(axis=1), pairs.max(axis=1)
    span = int(larger.max(initial=0)) + 1
    both = np.unique((smaller * span + larger)[smaller != larger])  # one number of a pair is sorted faster than two
    return np.stack(np.divmod(both, span), axis=1)


def distances(points_nd: NDArray[np.float32], pairs: Pairs) -> NDArray[np.float32]:
    """Euclidean distance of each pair, shape (M,)."""
    return np.asarray(np.linalg.norm(points_nd[pairs[:, 0]] - points_nd[pairs[:, 1]], axis=1), dtype=np.float32)


def _among_nearest(points_nd: NDArray[np.float32], pairs: Pairs) -> NDArray[np.bool_]:
    """Whether one of a pair is among the 5 nearest of the other."""
    ends = np.concatenate([pairs[:, 0], pairs[:, 1]])
    apart = np.tile(distances(points_nd, pairs), 2)
    order = np.lexsort((apart, ends))
    sorted_ends = ends[order]
    first = np.r_[True, sorted_ends[1:] != sorted_ends[:-1]] if len(ends) else np.empty(0, dtype=bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(ends)), 0))
    kept = np.zeros(len(ends), dtype=bool)
    kept[order] = np.arange(len(ends)) - start < NEIGHBOURS
    return np.asarray(kept[: len(pairs)] | kept[len(pairs) :])


def _leaves(points_nd: NDArray[np.float32], generator: np.random.Generator) -> list[NDArray[np.int64]]:
    waiting, done = [np.arange(len(points_nd))], []
    while waiting:
        rows = waiting.pop()
        if len(rows) <= LEAF_SIZE:
            done.append(rows)
            continue
        direction = generator.standard_normal(points_nd.shape[1], dtype=np.float32)
        share = generator.uniform(0.35, 0.65)
        order = np.argsort(points_nd[rows] @ direction, kind="stable")
        cut = round(share * len(rows))
        waiting += [rows[order[:cut]], rows[order[cut:]]]
    return done


def _near_in_leaf(
    points_nd: NDArray[np.float32], rows: NDArray[np.int64], reach: float, sides: NDArray[np.bool_] | None
) -> Pairs:
    points = points_nd[rows]
    squares = (points**2).sum(axis=1)
    distance = squares[:, None] + squares[None] - 2 * points @ points.T
    np.fill_diagonal(distance, np.inf)
    if sides is not None:
        distance[sides[rows][:, None] == sides[rows]] = np.inf
    wanted = min(NEIGHBOURS, len(rows) - 1)
    if wanted < 1:
        return np.empty((0, 2), dtype=np.int64)
    nearest = np.argpartition(distance, wanted - 1, axis=1)[:, :wanted]
    near = np.take_along_axis(distance, nearest, axis=1) <= reach**2
    one, place = np.nonzero(near)
    return np.stack([rows[one], rows[nearest[one, place]]], axis=1)
