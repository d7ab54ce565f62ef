"""What more photos would bring: accuracy of the linear optimum on shares of the training photos.

Errors fall roughly as a power of the number of photos (Hestness et al. 2017); the extension fits two numbers to a
few shares, and its interval says how far to trust it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.choices.heads.side_by_side import side_by_side
from leafgraft.choices.heads.standardisation import Features
from leafgraft.errors import PredictionsError
from leafgraft.evaluation.diagnosis.probes import Fitting, linear_probe
from leafgraft.evaluation.gaps import share_of_groups
from leafgraft.evaluation.metrics import Floats, Ints
from leafgraft.records.evaluation import Interval

SHARES = (0.1, 0.2, 0.5, 1.0)
RESAMPLES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class FoldRows:
    """Row indices of one fold; the penalty is chosen on its validation rows."""

    train: Ints
    validation: Ints
    test: Ints


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Accuracy on one share of the training photos, mean over repeats and folds, with its 95% interval."""

    share: float
    photos: float
    accuracy: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """The curve and its extension.

    Attributes:
        points: Accuracies by share, smallest share first; the last alone if all shares hold the same photos.
        exponent: Exponent of the fitted fall of the error: error = scale * photos ** -exponent; 0 if nothing is missed,
            or all shares hold the same photos.
        scale: Factor of the same fall.
        gain: Accuracy that twice the photos would bring, as a share.
        gain_interval: 95%, bootstrap over groups and repeats.
        sentence: What to read from it.
        tested: Test photos that the accuracies and intervals rest on.
    """

    points: tuple[CurvePoint, ...]
    exponent: float
    scale: float
    gain: float
    gain_interval: Interval
    sentence: str
    tested: int


@dataclass(frozen=True, slots=True, eq=False)
class CurveRows:
    """All rows: features of shape (N, D), class indices and groups of shape (N,)."""

    features: Features
    label: Ints
    group: NDArray[np.str_]


def learning_curve(
    rows: CurveRows, folds: Sequence[FoldRows], shares: Sequence[float] = SHARES, repeats: int = 3
) -> LearningCurve:
    """Fit on shares of the training groups of each fold, and test on the fold's own test rows.

    Args:
        rows: Features, classes and groups of all photos.
        folds: One or more folds; no photo is tested twice.
        shares: Shares of the training groups, ascending, above 0 to 1; at least two.
        repeats: Draws of each share; each draw nests the smaller shares in the larger ones.

    Raises:
        PredictionsError: Shares are not two or more that ascend between 0 and 1, none is drawn, or a photo is tested
            twice.
        ConvergenceError: The optimum of a head is not reached.
    """
    tested = np.concatenate([fold.test for fold in folds])
    if sorted(set(shares)) != list(shares) or len(shares) < 2 or shares[0] <= 0 or shares[-1] > 1 or repeats < 1:
        raise PredictionsError(
            "Shares must ascend between 0 and 1, two or more, drawn at least once.",
            f"Found {list(shares)}, drawn {repeats} times.",
            "Give shares such as 0.1, 0.2, 0.5, 1.",
        )
    if len(np.unique(tested)) != len(tested):
        raise PredictionsError("Each photo must be tested once.", "Some folds share test rows.", "Use disjoint folds.")
    correct, photos = _measure(rows, folds, shares, repeats)
    group = rows.group[tested]
    points = tuple(
        CurvePoint(share, photos[index], *share_of_groups(correct[index], group)) for index, share in enumerate(shares)
    )
    if max(photos) == min(photos):
        words = "Each class has one training leaf: no smaller share can be drawn."
        return _no_slope(points[-1:], words, len(tested))
    if points[-1].accuracy == 1.0:
        words = "No test photo is missed any more, so these test photos cannot show what more photos would bring."
        return _no_slope(points, words, len(tested))
    errors = np.array([[1 - point.accuracy for point in points]])
    exponent, scale = _fit(errors, np.array(photos), len(tested))
    gains = _gains(correct, photos, group)
    gain = float(_gain(exponent, scale, photos[-1])[0])
    interval = (float(np.quantile(gains, 0.025)), float(np.quantile(gains, 0.975)))
    return LearningCurve(
        points, float(exponent[0]), float(scale[0]), gain, interval, _sentence(gain, interval), len(tested)
    )


def curve_to_json(curve: LearningCurve) -> dict[str, Any]:
    """Plain values for JSON."""
    return asdict(curve)


def _no_slope(points: tuple[CurvePoint, ...], sentence: str, tested: int) -> LearningCurve:
    return LearningCurve(
        points=points,
        exponent=0.0,
        scale=0.0,
        gain=0.0,
        gain_interval=(0.0, 1 - points[-1].interval[0]),
        sentence=sentence,
        tested=tested,
    )


def _measure(
    rows: CurveRows, folds: Sequence[FoldRows], shares: Sequence[float], repeats: int
) -> tuple[list[NDArray[np.bool_]], list[float]]:
    """Right answers of each share, shape (repeats, tested rows), and the mean number of training photos."""
    starts = np.cumsum([0, *(len(fold.test) for fold in folds)])
    correct = [np.zeros((repeats, starts[-1]), dtype=bool) for _ in shares]
    photos = np.zeros(len(shares))
    draws: list[tuple[int, int, int, Ints]] = []
    copied: list[tuple[int, int, int]] = []
    for repeat, (number, fold) in product(range(repeats), enumerate(folds)):
        order = _ranks(rows, fold.train, np.random.default_rng((0, repeat, number)))
        for index, share in enumerate(shares):
            drawn = fold.train[order < share]
            photos[index] += len(drawn) / repeats / len(folds)
            every = repeat and len(drawn) == len(fold.train)  # every draw is the same one
            if every:
                copied.append((index, repeat, number))
            else:
                draws.append((index, repeat, number, drawn))

    def fit(draw: tuple[int, int, int, Ints]) -> None:
        index, repeat, number, drawn = draw
        fold = folds[number]
        of = (rows.features[drawn], rows.label[drawn], rows.features[fold.validation], rows.label[fold.validation])
        predicted = linear_probe(Fitting(*of), rows.features[fold.test]).predicted
        correct[index][repeat, starts[number] : starts[number + 1]] = predicted == rows.label[fold.test]

    side_by_side(fit, draws)
    for index, repeat, number in copied:
        tested = slice(starts[number], starts[number + 1])
        correct[index][repeat, tested] = correct[index][0, tested]
    return correct, [float(count) for count in photos]


def _ranks(rows: CurveRows, train: Ints, generator: np.random.Generator) -> Floats:
    """For each training row the rank of its group within its class, from 0 to 1: below a share, it is drawn."""
    _, first, index = np.unique(rows.group[train], return_index=True, return_inverse=True)
    of_group = rows.label[train][first]
    rank = np.empty(len(first))
    for label in np.unique(of_group):
        members = np.flatnonzero(of_group == label)
        rank[generator.permutation(members)] = np.arange(len(members)) / len(members)
    return np.asarray(rank[index])


def _fit(errors_bs: Floats, photos: Floats, tested: int) -> tuple[Floats, Floats]:
    """Exponent and scale of each line of errors; an error of 0 counts as half a photo."""
    logs = np.log(np.maximum(errors_bs, 0.5 / tested))
    sizes = np.log(photos)
    centred = sizes - sizes.mean()
    slope = (logs * centred).sum(axis=1) / (centred**2).sum()
    return -slope, np.exp(logs.mean(axis=1) - slope * sizes.mean())


def _gain(exponent: Floats, scale: Floats, photos: float) -> Floats:
    return np.asarray(scale * photos**-exponent * (1 - 2.0**-exponent))


def _gains(correct: Sequence[NDArray[np.bool_]], photos: Sequence[float], group: NDArray[np.str_]) -> Floats:
    _, index = np.unique(group, return_inverse=True)
    groups, (repeats, rows) = int(index.max()) + 1, correct[0].shape
    wrong = np.stack([[np.bincount(index, weights=~line) for line in share] for share in correct])  # (S, R, G)
    size = np.bincount(index)
    generator = np.random.default_rng((0, 1))
    weights = generator.multinomial(groups, np.full(groups, 1 / groups), size=RESAMPLES)
    chosen = generator.multinomial(repeats, np.full(repeats, 1 / repeats), size=RESAMPLES) / repeats
    errors = np.einsum("bg,srg,br->bs", weights, wrong, chosen, optimize=True) / (weights @ size)[:, None]
    return _gain(*_fit(errors, np.array(photos), rows), photos[-1])


def _sentence(gain: float, interval: Interval) -> str:
    span = f"(95% interval {100 * interval[0]:.1f} to {100 * interval[1]:.1f})"
    if interval[0] <= 0:
        return f"It is not shown that twice the photos would help: about {100 * gain:.1f} points {span}."
    return f"Twice the photos would bring about {100 * gain:.1f} points {span}."
