"""Accuracies and their gaps with intervals, from right and wrong answers alone.

The bootstrap over groups has a closed form for a share; it is used here in place of draws, with the seeds as in
`intervals`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leafgraft.evaluation.intervals import combine, difference_interval, share_interval
from leafgraft.evaluation.metrics import Floats
from leafgraft.records.evaluation import Interval

Right = NDArray[np.bool_]


def accuracy_of(correct_sn: Right, group_n: NDArray[np.generic]) -> tuple[float, Interval]:
    """Mean accuracy over S seeds with its 95% interval.

    Args:
        correct_sn: Shape (S, N).
        group_n: Group of each row, shape (N,).
    """
    found = _parts(correct_sn, group_n)
    spread = combine(found.of_groups, max(found.groups - 1, 1), [(found.of_seeds, found.freedom)])
    return found.mean, share_interval(found.mean, spread, found.groups)


def paired_gap(plus_sn: Right, minus_sn: Right, group_n: NDArray[np.generic]) -> tuple[float, Interval]:
    """Accuracy of one less that of the other on the same rows, with its 95% interval; shapes as in `accuracy_of`."""
    plus, minus = _parts(plus_sn, group_n), _parts(minus_sn, group_n)
    deviations = plus.deviations - minus.deviations
    of_groups = float(deviations @ deviations) * plus.correction
    seeds = [(part.of_seeds, part.freedom) for part in (plus, minus)]
    spread = combine(of_groups, max(plus.groups - 1, 1), seeds)
    value = plus.mean - minus.mean
    return value, difference_interval(value, spread, plus.groups)


def unpaired_gap(
    plus: tuple[Right, NDArray[np.generic]], minus: tuple[Right, NDArray[np.generic]]
) -> tuple[float, Interval]:
    """The same on different rows: each side has its answers, shape (S, N), and groups, shape (N,).

    Where neither side varies, the smaller number of groups bounds what could have been missed.
    """
    one, other = _parts(*plus), _parts(*minus)
    parts = [(one.of_seeds, one.freedom), (other.of_seeds, other.freedom)]
    parts.append((other.of_groups, max(other.groups - 1, 1)))
    spread = combine(one.of_groups, max(one.groups - 1, 1), parts)
    value = one.mean - other.mean
    return value, difference_interval(value, spread, min(one.groups, other.groups))


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Sums of one side: mean, deviation of each group, and the variances."""

    groups: int
    correction: float
    mean: float
    deviations: Floats
    of_groups: float
    of_seeds: float
    freedom: int


def _parts(correct_sn: Right, group_n: NDArray[np.generic]) -> _Parts:
    seeds, rows = correct_sn.shape
    _, index = np.unique(group_n, return_inverse=True)
    groups = int(index.max()) + 1
    correction = groups / (groups - 1) if groups > 1 else 1.0
    size = np.bincount(index).astype(np.float64)
    sums: Floats = np.stack([np.bincount(index, weights=line) for line in correct_sn.astype(np.float64)])
    by_seed = sums.sum(axis=1) / rows
    mean = float(by_seed.mean())
    deviations: Floats = (sums.mean(axis=0) - mean * size) / rows
    of_seeds = 0.0
    if seeds > 1:
        noise = float((sums - by_seed[:, None] * size).var(axis=0, ddof=1).sum()) / rows**2
        of_seeds = max(0.0, float(by_seed.var(ddof=1)) - noise) / seeds
    of_groups = float(deviations @ deviations) * correction
    return _Parts(groups, correction, mean, deviations, of_groups, of_seeds, max(seeds - 1, 1))
