"""What a new head brings and costs: right answers before and after on the same photos, and two gates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leafgraft.evaluation.gaps import (
    group_differences,
    interval_of_recalls,
    paired_variance,
    parts_of,
    share_of_groups,
)
from leafgraft.evaluation.intervals import paired_interval
from leafgraft.evaluation.metrics import Ints
from leafgraft.evaluation.sign_flip import groups_one_way, sign_flip_p
from leafgraft.records.evaluation import Interval

MOST_LOST = 0.01  # of accuracy at home


@dataclass(frozen=True, slots=True)
class Change:
    """Shares of right answers on the same photos, with two heads.

    Attributes:
        photos: Their number.
        before: Accuracy with the head of the study.
        after: Accuracy with the head that was fitted again.
        balanced_before: Mean of the accuracies of the classes that occur, with the head of the study.
        balanced_after: The same with the head that was fitted again.
        interval: 95% interval of `after`.
        before_interval: The same of `before`.
        balanced_before_interval: The same of `balanced_before`.
        balanced_interval: The same of `balanced_after`.
        difference: `after` less `before`.
        difference_interval: 95% interval of it, paired, over groups.
        p: Two-sided, of no difference, by signs of groups; where groups hold several photos also by the t test of the
            interval, whichever is larger. It is below 5% exactly where `difference_interval` leaves out zero.
        disagreement: Share of photos that exactly one of them has right.
    """

    photos: int
    before: float
    after: float
    balanced_before: float
    balanced_after: float
    interval: Interval
    before_interval: Interval
    balanced_before_interval: Interval
    balanced_interval: Interval
    difference: float
    difference_interval: Interval
    p: float
    disagreement: float

    @property
    def shown_better(self) -> bool:
        """Whether the interval of the difference excludes that nothing changed, or got worse."""
        return self.difference_interval[0] > 0

    @property
    def shown_worse(self) -> bool:
        """Whether the interval of the difference lies wholly below a loss of 1 point."""
        return self.difference_interval[1] < -MOST_LOST


def measure_change(before_n: Ints, after_n: Ints, labels: Ints, groups: NDArray[np.str_]) -> Change:
    """Compare two heads on the same photos.

    Args:
        before_n: Class that the one answers, shape (N,).
        after_n: Class that the other answers, shape (N,).
        labels: True class of each photo, shape (N,).
        groups: Group of each photo, shape (N,).
    """
    old, new = before_n == labels, after_n == labels
    (before, before_interval), (after, interval) = (share_of_groups(one[None], groups) for one in (old, new))
    variance = paired_variance(parts_of(new[None], groups), parts_of(old[None], groups))
    by_group, difference = group_differences(new[None], old[None], groups), after - before
    p = sign_flip_p(by_group)
    if len(by_group) < len(labels):
        p = max(p, variance.p(difference))
    return Change(
        photos=len(labels),
        before=before,
        after=after,
        balanced_before=balanced_share(old, labels),
        balanced_after=balanced_share(new, labels),
        interval=interval,
        before_interval=before_interval,
        balanced_before_interval=interval_of_recalls(old[None], labels, groups, 0.0),
        balanced_interval=interval_of_recalls(new[None], labels, groups, 0.0),
        difference=difference,
        difference_interval=paired_interval(difference, variance, len(by_group), groups_one_way(by_group), p),
        p=p,
        disagreement=float((old != new).mean()),
    )


def balanced_share(right_n: NDArray[np.bool_], labels: Ints) -> float:
    """Mean over the classes that occur of the share of right answers, from 0 to 1.

    Args:
        right_n: Whether each photo is answered right, shape (N,); at least one photo.
        labels: True class of each photo, shape (N,).

    Example:
        >>> balanced_share(np.array([True, True, False]), np.array([0, 0, 1]))
        0.5
    """
    return float(np.mean([right_n[labels == one].mean() for one in np.unique(labels)]))
