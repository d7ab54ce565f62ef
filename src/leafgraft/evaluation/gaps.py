"""Shares of photos and their gaps, with intervals: the one ruler of accuracies, floors and answers in the field.

The bootstrap over groups has a closed form for a share; it is used here in place of draws, with the seeds as in
`intervals`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leafgraft.evaluation.intervals import (
    Variance,
    add_variances,
    difference_interval,
    paired_interval,
    share_interval,
)
from leafgraft.evaluation.metrics import Floats, Ints, ratio
from leafgraft.evaluation.sign_flip import groups_one_way, sign_flip_p
from leafgraft.records.evaluation import Interval

Right = NDArray[np.bool_]


def share_of_groups(is_so_sn: Right, group_n: NDArray[np.generic]) -> tuple[float, Interval]:
    """Share of rows of which something holds, such as a right answer, with its 95% interval over groups and seeds.

    Args:
        is_so_sn: One line per seed, shape (S, N); shape (1, N) for what no seed has a part in.
        group_n: Group of each row, shape (N,).
    """
    return _estimate(parts_of(is_so_sn, group_n))


def ratio_of_groups(part_sg: Floats, whole_sg: Floats) -> tuple[float, Interval]:
    """Ratio of two sums over rows, such as a precision, with its 95% interval over groups and seeds.

    A share is the case in which every seed has the same whole. The answers of all seeds are taken together.

    Args:
        part_sg: Sums of the part by group, one line per seed, shape (S, G).
        whole_sg: Sums of the whole, of the same shape; groups that have nothing of it do not count.
    """
    some = whole_sg.sum(axis=0) > 0
    return _estimate(_parts(part_sg[:, some], whole_sg[:, some])) if some.any() else (0.0, (0.0, 1.0))


def mean_of_groups(value_n: Floats, group_n: NDArray[np.generic]) -> tuple[float, Interval]:
    """Mean over rows of values from 0 to 1, such as confidences, with its 95% interval over groups.

    Args:
        value_n: Value of each row, shape (N,).
        group_n: Group of each row, shape (N,).
    """
    _, index = np.unique(group_n, return_inverse=True)
    size = np.bincount(index).astype(np.float64)
    return ratio_of_groups(np.bincount(index, weights=value_n).astype(np.float64)[None], size[None])


def intervals_of_classes(
    predicted_sn: NDArray[np.int64], label_n: NDArray[np.int64], group_n: NDArray[np.generic], names: Sequence[str]
) -> dict[str, dict[str, Interval]]:
    """95% intervals of ``precision``, ``recall`` and ``f1`` by class name.

    Args:
        predicted_sn: Class answered as an index, one line per seed, shape (S, N).
        label_n: True class as an index, shape (N,).
        group_n: Group of each row, shape (N,).
        names: Names of the classes, in the order of their indices.
    """
    _, index = np.unique(group_n, return_inverse=True)

    def by_group(is_so_sn: Right) -> Floats:
        return np.stack([np.bincount(index, weights=line) for line in is_so_sn])

    found = {}
    for place, name in enumerate(names):
        called_sn, is_true_n = predicted_sn == place, label_n == place
        right, called = by_group(called_sn & is_true_n), by_group(called_sn)
        true: Floats = np.broadcast_to(by_group(is_true_n[None]), called.shape)
        ratios = {"precision": (right, called), "recall": (right, true), "f1": (2 * right, called + true)}
        found[name] = {figure: ratio_of_groups(*sums)[1] for figure, sums in ratios.items()}
    return found


def _estimate(found: Parts) -> tuple[float, Interval]:
    variance = add_variances(found.of_groups, max(found.groups - 1, 1), [(found.of_seeds, found.freedom)])
    return found.mean, share_interval(found.mean, variance, found.groups)


def interval_of_recalls(
    correct_sn: Right, label_n: NDArray[np.int64], group_n: NDArray[np.generic], half_width_of_seeds: float
) -> Interval:
    """95% interval of balanced accuracy: of the mean of shares that few photos of one class leave open.

    Each class has the interval of its own share; the squares of how far these reach down, and up, add up. So does
    what seeds make of the mean. Draws of groups cannot give this: where a class of three photos is right, it is right
    in every draw. Groups that hold several classes are for draws: here classes count as independent.

    Args:
        correct_sn: One line per seed, shape (S, N).
        label_n: Class of each row, shape (N,).
        group_n: Group of each row, shape (N,).
        half_width_of_seeds: How far it reaches to each side by which seeds were trained; 0 with one.

    Source:
        MOVER: Zou and Donner 2008, after Newcombe 1998.
    """
    shares, reach = [], []
    classes = np.unique(label_n)
    for one in classes:
        found = parts_of(correct_sn[:, label_n == one], group_n[label_n == one])
        variance = add_variances(found.of_groups, max(found.groups - 1, 1), [])
        if variance.total == 0:
            variance = Variance(0.0, 0.0, np.inf)  # nothing was estimated of which Student's t could know too little
        low, high = share_interval(found.mean, variance, found.groups)
        shares.append(found.mean)
        reach.append((found.mean - low, high - found.mean))
    value = float(np.mean(shares))
    down, up = _reach_of_mean(reach, half_width_of_seeds)
    return (max(0.0, value - down), min(1.0, value + up))


def reach_of_paired_recalls(
    plus_sn: Right, minus_sn: Right, label_n: Ints, group_n: NDArray[np.generic], half_width_of_seeds: float
) -> tuple[float, float]:
    """How far the 95% interval of a difference of two balanced accuracies reaches down and up, likewise.

    Args:
        plus_sn: Right answers of the one, a line per seed, shape (S, N).
        minus_sn: Right answers of the other, a line per seed, shape (T, N).
        label_n: Class of each row, shape (N,).
        group_n: Group of each row, shape (N,).
        half_width_of_seeds: How far it reaches to each side by which seeds were trained; 0 with one each.
    """
    reach = []
    for mine in (label_n == one for one in np.unique(label_n)):
        of_seeds, group = (plus_sn[:, mine], minus_sn[:, mine]), group_n[mine]
        plus, minus = (parts_of(right.mean(axis=0, keepdims=True), group) for right in of_seeds)
        value, (low, high) = _gap(plus, minus, group_differences(*of_seeds, group))
        reach.append((value - low, high - value))
    return _reach_of_mean(reach, half_width_of_seeds)


def _reach_of_mean(reach: Sequence[tuple[float, float]], half_width_of_seeds: float) -> tuple[float, float]:
    """Of the mean over classes, from how far the interval of each reaches down and up."""
    down, up = np.hypot(np.sqrt(np.square(reach).sum(axis=0)) / len(reach), half_width_of_seeds)
    return float(down), float(up)


def paired_gap(plus_sn: Right, minus_sn: Right, group_n: NDArray[np.generic]) -> tuple[float, Interval]:
    """Share of one less that of the other on the same rows, with its 95% interval.

    Args:
        plus_sn: Right answers of the one, a line per seed, shape (S, N).
        minus_sn: Right answers of the other, a line per seed, shape (T, N).
        group_n: Group of each row, shape (N,).

    Example:
        >>> right, wrong = np.array([[True] * 4]), np.array([[True, True, True, False]])
        >>> paired_gap(right, wrong, np.arange(4))[0]
        0.25
    """
    differences = group_differences(plus_sn, minus_sn, group_n)
    return _gap(parts_of(plus_sn, group_n), parts_of(minus_sn, group_n), differences)


def _gap(plus: Parts, minus: Parts, differences_g: Ints) -> tuple[float, Interval]:
    value, variance = plus.mean - minus.mean, paired_variance(plus, minus)
    p, one_way = sign_flip_p(differences_g), groups_one_way(differences_g)
    return value, paired_interval(value, variance, plus.groups, one_way, p)


def group_differences(plus_sn: Right, minus_sn: Right, group_n: NDArray[np.generic]) -> Ints:
    """Whole numbers by group, shape (G,): right answers of the one, less those of the other.

    Each times the other's number of seeds.

    Args:
        plus_sn: Right answers of the one, a line per seed, shape (S, N).
        minus_sn: Right answers of the other, a line per seed, shape (T, N).
        group_n: Group of each row, shape (N,).
    """
    per_row = plus_sn.sum(axis=0) * len(minus_sn) - minus_sn.sum(axis=0) * len(plus_sn)
    _, index = np.unique(group_n, return_inverse=True)
    return np.rint(np.bincount(index, weights=per_row)).astype(np.int64)


def paired_variance(plus: Parts, minus: Parts) -> Variance:
    """Variance of the difference of two shares of the same rows.

    Args:
        plus: Mean and variances of the one.
        minus: Those of the other, on the same rows and groups.
    """
    deviations = plus.deviations - minus.deviations
    of_groups = float(deviations @ deviations) * plus.correction
    seeds = [(part.of_seeds, part.freedom) for part in (plus, minus)]
    return add_variances(of_groups, max(plus.groups - 1, 1), seeds)


def unpaired_gap(
    plus: tuple[Right, NDArray[np.generic]], minus: tuple[Right, NDArray[np.generic]]
) -> tuple[float, Interval]:
    """Share of one less that of the other on different rows, with its 95% interval.

    Where neither side varies, the smaller number of groups bounds what could have been missed.

    Args:
        plus: Right answers of the one, a line per seed, shape (S, N), and the group of each row, shape (N,).
        minus: The same of the other, on rows of its own.
    """
    one, other = parts_of(*plus), parts_of(*minus)
    parts = [(one.of_seeds, one.freedom), (other.of_seeds, other.freedom)]
    parts.append((other.of_groups, max(other.groups - 1, 1)))
    variance = add_variances(one.of_groups, max(one.groups - 1, 1), parts)
    value = one.mean - other.mean
    return value, difference_interval(value, variance, min(one.groups, other.groups))


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """One side: its mean, and where its variance comes from.

    Attributes:
        groups: Their number, G.
        correction: G / (G - 1).
        mean: Share over rows and seeds.
        deviations: What each group adds to the error of the mean, shape (G,).
        of_groups: Variance of the mean that comes from which groups were tested.
        of_seeds: Variance that comes from which seeds were trained; 0 with one.
        freedom: Degrees of freedom of `of_seeds`.
        seeds: Their number, S.
        between: Variance of the seeds' shares; 0 with one seed.
        noise: What of it the same rows explain.
    """

    groups: int
    correction: float
    mean: float
    deviations: Floats
    of_groups: float
    of_seeds: float
    freedom: int
    seeds: int
    between: float
    noise: float


def parts_of(correct_sn: Right | Floats, group_n: NDArray[np.generic]) -> Parts:
    """Mean and variances of S lines of answers to N rows.

    Args:
        correct_sn: Right answers, one line per seed, shape (S, N).
        group_n: Group of each row, shape (N,).
    """
    _, index = np.unique(group_n, return_inverse=True)
    size = np.bincount(index).astype(np.float64)
    sums: Floats = np.stack([np.bincount(index, weights=line) for line in correct_sn.astype(np.float64)])
    return _parts(sums, np.broadcast_to(size, sums.shape))


def _parts(part_sg: Floats, whole_sg: Floats) -> Parts:
    """Of a ratio of sums, linearised; shapes as in `ratio_of_groups`, every group has something of the whole."""
    seeds, groups = part_sg.shape
    correction = groups / (groups - 1) if groups > 1 else 1.0
    of_seed = whole_sg.sum(axis=1)
    rows = float(of_seed.mean())
    by_seed, weight = ratio(part_sg.sum(axis=1), of_seed), of_seed / rows
    mean = float(part_sg.sum() / whole_sg.sum())
    deviations: Floats = (part_sg.mean(axis=0) - mean * whole_sg.mean(axis=0)) / rows
    between = noise = 0.0
    if (part_sg != part_sg[0]).any() or (whole_sg != whole_sg[0]).any():  # else rounding alone would be scatter
        noise = float((part_sg - by_seed[:, None] * whole_sg).var(axis=0, ddof=1).sum()) / rows**2
        between = float((by_seed * weight - mean * (weight - 1)).var(ddof=1))
    of_seeds = max(0.0, between - noise) / seeds
    of_groups = float(deviations @ deviations) * correction
    return Parts(groups, correction, mean, deviations, of_groups, of_seeds, max(seeds - 1, 1), seeds, between, noise)
