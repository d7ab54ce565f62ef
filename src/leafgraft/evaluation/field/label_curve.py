"""What more labels of a place would bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from leafgraft.choices.heads.optimum import LinearHead
from leafgraft.choices.heads.side_by_side import side_by_side
from leafgraft.evaluation.field.change import balanced_share
from leafgraft.evaluation.field.fit import Place
from leafgraft.evaluation.gaps import interval_of_recalls, share_of_groups
from leafgraft.evaluation.metrics import Floats, Ints
from leafgraft.records.evaluation import Interval

FIRST, MORE = 15, 60
Heads = Mapping[tuple[int, int], LinearHead]  # by number of labels, and the fold that is left out


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Right answers in the place after so many labels, out of fold.

    Attributes:
        labels: Fitted to.
        accuracy: Share of right answers; the labels of each point are among those of the next.
        balanced: Mean over classes.
        interval: 95% interval of `accuracy`, over groups.
        balanced_interval: The same of `balanced`.
    """

    labels: int
    accuracy: float
    balanced: float
    interval: Interval
    balanced_interval: Interval


@dataclass(frozen=True, slots=True)
class Forecast:
    """What more labels would bring if accuracy goes on rising with the logarithm of their number.

    Attributes:
        labels: So many more.
        points: Gain in accuracy, no more than what is left to gain.
        interval: 95% interval of it, over groups, within what can be.
    """

    labels: int
    points: float
    interval: Interval

    @property
    def words(self) -> str:
        """What may be said; where the interval reaches zero, that nothing is shown."""
        low, high = (100 * one for one in self.interval)
        if low > 0:
            return (
                f"Another {self.labels} labels would bring about {100 * self.points:.1f} points "
                f"(95% interval {low:.1f} to {high:.1f})."
            )
        return (
            f"These labels do not show that more of them would help: another {self.labels} would change accuracy by "
            f"about {100 * self.points:+.1f} points (95% interval {low:+.1f} to {high:+.1f})."
        )


def fit_curve(fold: Ints, fit: Callable[[Ints], LinearHead]) -> tuple[LinearHead, Heads]:
    """Fit to all labels, and beside that to ever more of those of the other folds.

    Args:
        fold: Fold of each labelled photo, shape (N,).
        fit: A head for some rows of the labelled photos.

    Returns:
        The head of all labels; and those of 15, 30, 60, ... labels for each fold that they leave out.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
    """
    order = np.random.default_rng(0).permutation(len(fold))
    sizes = [size for size in (FIRST * 2**step for step in range(12)) if size < _most(fold)]
    parts = list(product(sizes, range(fold.max() + 1)))
    subsets = [order[fold[order] != number][:size] for size, number in parts]
    of_all, *heads = side_by_side(fit, [np.arange(len(fold)), *subsets])
    return of_all, dict(zip(parts, heads, strict=True))


def label_curve(
    place: Place, fold: Ints, heads: Heads, right_of_all: NDArray[np.bool_]
) -> tuple[tuple[CurvePoint, ...], Forecast | None]:
    """Judge heads of ever more of the labels on the photos left out, and look ahead.

    Args:
        place: Labelled photos of the place.
        fold: Fold of each labelled photo, shape (N,).
        heads: Those of `fit_curve`.
        right_of_all: Which photos are right out of fold after all labels of the other folds, shape (N,).

    Returns:
        A point for 15, 30, 60, ... labels and for all of the other folds (the fewest that a fold leaves), and the
        forecast for 60 more; None where the last point has not twice the labels of the first.
    """
    most, labels = _most(fold), place.labelled.labels
    right = {size: np.zeros(len(fold), dtype=bool) for size, _ in heads}
    for (size, number), head in heads.items():
        out = np.flatnonzero(fold == number)
        right[size][out] = head.predict(place.labelled.features[out]) == labels[out]
    right[most] = right_of_all
    points = []
    for size, found in right.items():
        accuracy, interval = share_of_groups(found[None], place.groups)
        of_balanced = interval_of_recalls(found[None], labels, place.groups, 0.0)
        points.append(CurvePoint(size, accuracy, balanced_share(found, labels), interval, of_balanced))
    return tuple(points), _forecast(right, place.groups, len(labels)) if most >= 2 * FIRST else None


def _most(fold: Ints) -> int:
    """The fewest labels that a fold leaves to the others."""
    return len(fold) - int(np.bincount(fold).max())


def _forecast(right: dict[int, NDArray[np.bool_]], groups: NDArray[np.str_], labels: int) -> Forecast:
    """The slope over the logarithm is a mean over photos: its interval is that of a mean over groups."""
    logs = np.log2(list(right))
    weights = (logs - logs.mean()) / ((logs - logs.mean()) ** 2).sum()
    slopes: Floats = sum(
        (weight * found for weight, found in zip(weights, right.values(), strict=True)),
        start=np.zeros(len(groups)),
    )
    slope = float(slopes.mean())
    _, group_of = np.unique(groups, return_inverse=True)
    sums = np.bincount(group_of, weights=slopes - slope)
    count = len(sums)
    error = float(np.sqrt((sums**2).sum() * count / max(count - 1, 1))) / len(slopes)
    half = float(stdtrit(max(count - 1, 1), 0.975)) * error
    steps, after = float(np.log2((labels + MORE) / labels)), float(list(right.values())[-1].mean())
    low, gain, high = np.clip(steps * (slope + half * np.array([-1, 0, 1])), -after, 1 - after).tolist()
    return Forecast(MORE, gain, (low, high))


def points_of(curve: Sequence[CurvePoint]) -> list[dict[str, object]]:
    """Points as adaptation.json holds them."""
    return [asdict(one) for one in curve]
