"""95% intervals: bootstrap over groups of photos and over seeds together.

Photos of one group are drawn together, with replacement; all recipes see the same draws, so every difference is
paired. A handful of seeds cannot be drawn with replacement (three seeds give ten distinct draws, a third too little
variance, and count the photo-by-seed noise twice), so the seeds enter by their measured spread: the variance of the
seeds' figures, less the part that the same photos explain, divided by the number of seeds. The two parts add up, and
a t quantile with Satterthwaite's degrees of freedom pays for what few seeds leave unknown.

With one seed the interval speaks of that trained model alone; with several, of the recipe.

Source: Field & Welsh 2007 and Owen 2007 (bootstrap of crossed factors); Satterthwaite 1946; shares: Wilson's score
interval at the effective number of rows, as Korn & Graubard 1998 use it. ``docs/statistics.md`` has the coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from leafgraft.evaluation.metrics import BINS, FIGURES, Floats, balanced_accuracy, confidence_bin, macro_f1, ratio
from leafgraft.evaluation.predictions.aligned_rows import Answers, Rows
from leafgraft.records.evaluation import Interval

CHUNK = 250
LEVEL = 0.95
SMALLEST_VARIANCE = float(np.finfo(np.float32).eps) ** 2  # below it is rounding alone


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Figures of one recipe on the rows themselves and on every resample of groups.

    Attributes:
        estimates: Shape (S, F): seeds by `FIGURES`.
        over_seeds: Mean over the seeds on every resample, shape (B, F).
        of_seeds: Variance of the mean over seeds that the photos do not explain, shape (F,); 0 for one seed.
    """

    estimates: Floats
    over_seeds: Floats
    of_seeds: Floats


@dataclass(frozen=True, slots=True)
class Variance:
    """Variance of a figure, and how well it is known.

    Attributes:
        groups: Part that comes from which photos were tested.
        seeds: Part that comes from which seeds were trained.
        freedom: Satterthwaite's degrees of freedom of the sum.
    """

    groups: float
    seeds: float
    freedom: float

    @property
    def total(self) -> float:
        """Both parts together."""
        return self.groups + self.seeds

    @property
    def quantile(self) -> float:
        """How many standard errors the interval reaches to each side."""
        return float(special.stdtrit(self.freedom, 0.5 + LEVEL / 2))

    def p(self, value: float) -> float:
        """Two-sided, of 0, by Student's t: below 5% where that many standard errors leave out 0."""
        if self.total == 0:
            return 0.0 if value else 1.0
        return float(2 * special.stdtr(self.freedom, -abs(value) / np.sqrt(self.total)))


def resample(rows: Rows, resamples: int, seed: int) -> tuple[Draws, ...]:
    """Draw groups with replacement; the same draws for every recipe and seed.

    Args:
        rows: Answers of K recipes to the same rows.
        resamples: Number of draws, B.
        seed: Seed of the draws.

    Returns:
        Figures of each recipe, in the order of ``rows.answers``.
    """
    tables = [[_tally(rows, answers, line) for line in range(len(answers.correct))] for answers in rows.answers]
    true = _sum_by_group(rows, rows.label, len(rows.classes), np.ones(len(rows.label)))
    ones = np.ones((1, rows.groups), dtype=np.float32)
    estimates = [np.stack([_figures(ones, table, true)[0] for table in of]) for of in tables]
    draws = [np.empty((resamples, len(of), len(FIGURES))) for of in tables]
    generator = np.random.default_rng(seed)
    for start in range(0, resamples, CHUNK):
        weights = _weights(generator, min(CHUNK, resamples - start), rows.groups)
        for target, of in zip(draws, tables, strict=True):
            for line, table in enumerate(of):
                target[start : start + len(weights), line] = _figures(weights, table, true)
    return tuple(
        Draws(one, many.mean(axis=1), _seed_variance(one, many)) for one, many in zip(estimates, draws, strict=True)
    )


def _weights(
    generator: np.random.Generator, count: int, groups: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    drawn = generator.integers(0, groups, size=(count, groups)) + np.arange(count)[:, None] * groups
    counts = np.bincount(drawn.ravel(), minlength=count * groups)
    return counts.reshape(count, groups).astype(np.float32)


def _sum_by_group(rows: Rows, column: np.ndarray, columns: int, values: Floats) -> np.ndarray:
    flat = np.bincount(rows.group * columns + column, weights=values, minlength=rows.groups * columns)
    return flat.reshape(rows.groups, columns).astype(np.float32)


def _tally(rows: Rows, answers: Answers, line: int) -> np.ndarray:
    """Sums per group, shape (G, 2 + 2C + bins): loss, confidence, hits, predictions, confidence less accuracy."""
    correct, confidence = answers.correct[line], answers.confidence[line]
    classes = len(rows.classes)
    nothing = np.zeros_like(rows.label)
    return np.concatenate(
        [
            _sum_by_group(rows, nothing, 1, answers.loss[line]),
            _sum_by_group(rows, nothing, 1, confidence),
            _sum_by_group(rows, rows.label, classes, correct.astype(np.float64)),
            _sum_by_group(rows, answers.predicted[line], classes, np.ones(len(correct))),
            _sum_by_group(rows, confidence_bin(confidence), BINS, confidence - correct),
        ],
        axis=1,
    )


def _figures(weights: np.ndarray, table: np.ndarray, true: np.ndarray) -> Floats:
    """All figures of every line of weights, shape (B, F), in the order of `FIGURES`."""
    classes = true.shape[1]
    sums = (weights @ table).astype(np.float64)
    of_class = (weights @ true).astype(np.float64)
    loss, confidence, rest = sums[:, 0], sums[:, 1], sums[:, 2:]
    hits, predicted, gaps = rest[:, :classes], rest[:, classes : 2 * classes], rest[:, 2 * classes :]
    rows = of_class.sum(axis=1)
    return np.stack(
        [
            ratio(hits.sum(axis=1), rows),
            macro_f1(hits, predicted, of_class),
            balanced_accuracy(hits, of_class),
            ratio(loss, rows),
            ratio(np.abs(gaps).sum(axis=1), rows),
            ratio(confidence, rows),
        ],
        axis=1,
    )


def variance_of(plus: Draws, minus: Draws | None, figure: str, groups: int) -> Variance:
    """Variance of a figure of one recipe, or of the difference between two.

    Args:
        plus: Draws of the recipe.
        minus: Draws of the recipe to take from it; None for the figure itself.
        figure: Name of the figure, one of `FIGURES`.
        groups: Number of groups that were drawn from.
    """
    index = FIGURES.index(figure)
    terms = [plus] if minus is None else [plus, minus]
    over_seeds = [term.over_seeds[:, index] for term in terms]
    drawn = over_seeds[0] if minus is None else over_seeds[0] - over_seeds[1]
    correction = groups / (groups - 1) if groups > 1 else 1.0
    of_groups = float(drawn.var()) * correction
    of_seeds = [(float(term.of_seeds[index]), len(term.estimates) - 1) for term in terms]
    return add_variances(of_groups, max(groups - 1, 1), of_seeds)


def add_variances(of_groups: float, freedom: int, others: Sequence[tuple[float, int]]) -> Variance:
    """Add independent variances, without those that are rounding alone.

    Args:
        of_groups: Variance that comes from which photos were tested.
        freedom: Degrees of freedom of it.
        others: Further variances, each with its degrees of freedom: of seeds, or of another set of photos.

    Source:
        Satterthwaite 1946, An approximate distribution of estimates of variance components.

    Example:
        >>> add_variances(2.0, 4, [(2.0, 4)])
        Variance(groups=2.0, seeds=2.0, freedom=8.0)
    """
    of_groups = of_groups if of_groups > SMALLEST_VARIANCE else 0.0
    parts = [(of_groups, freedom), *[(part, free) for part, free in others if part > SMALLEST_VARIANCE]]
    total = sum(part for part, _ in parts)
    below = sum(part**2 / free for part, free in parts)
    return Variance(of_groups, total - of_groups, total**2 / below if below > 0 else float(freedom))


def _seed_variance(estimates_sf: Floats, draws_bsf: Floats) -> Floats:
    """Variance of the mean over seeds that the photos do not explain, shape (F,); 0 for one seed."""
    seeds = len(estimates_sf)
    if seeds < 2:
        return np.zeros(estimates_sf.shape[1])
    deviations = draws_bsf - draws_bsf.mean(axis=0)
    of_photos = deviations.var(axis=1, ddof=1).mean(axis=0)
    return np.asarray(np.maximum(0.0, estimates_sf.var(axis=0, ddof=1) - of_photos) / seeds)


def share_interval(value: float, found: Variance, groups: int) -> Interval:
    """95% interval of a figure between 0 and 1: Wilson's at the effective number of rows.

    Where all resamples agree (0%, 100%), the effective number is the number of groups: an interval of no width
    would claim too much.

    Args:
        value: The figure.
        found: Variance of the figure.
        groups: Number of groups; fewer than two leave everything from 0 to 1 open.

    Source:
        Wilson 1927; Korn & Graubard 1998.

    Example:
        >>> low, high = share_interval(1.0, Variance(0.0, 0.0, 19.0), groups=20)
        >>> round(low, 3), high
        (0.82, 1.0)
    """
    if groups < 2:
        return (0.0, 1.0)
    effective = groups if found.total == 0 else max(value * (1 - value), 0.0) / found.total
    if effective <= 0:
        effective = groups
    squared = found.quantile**2 / effective
    centre = (value + squared / 2) / (1 + squared)
    half = np.sqrt(squared * value * (1 - value) + squared**2 / 4) / (1 + squared)
    low, high = max(0.0, float(centre - half)), min(1.0, float(centre + half))
    return (min(low, value), max(high, value))


def loss_interval(value: float, found: Variance) -> Interval:
    """95% interval of a figure above 0 without an upper end: symmetric on the logarithm.

    Args:
        value: The figure, such as a log loss in nats.
        found: Variance of the figure.
    """
    if value <= 0:
        return (0.0, 0.0)
    half = found.quantile * np.sqrt(found.total) / value
    return (float(value * np.exp(-half)), float(value * np.exp(half)))


def difference_interval(value: float, found: Variance, groups: int, *, bounded: bool = True) -> Interval:
    """95% interval of a difference. Where all groups tell the same, what so many groups could have missed.

    Args:
        value: The difference.
        found: Variance of the difference.
        groups: Number of groups; fewer than two leave everything from -1 to 1 open.
        bounded: Whether the difference lies between -1 and 1, as that of two shares does.
    """
    if bounded and groups < 2:
        return (-1.0, 1.0)
    if bounded and found.total == 0:
        missed = float(1 - ((1 - LEVEL) / 2) ** (1 / groups))
        return (value - missed * (1 + value), value + missed * (1 - value))
    half = found.quantile * float(np.sqrt(found.total))
    low, high = value - half, value + half
    return (max(low, -1.0), min(high, 1.0)) if bounded else (low, high)


def paired_interval(value: float, found: Variance, groups: int, one_way: int, p: float) -> Interval:
    """95% interval of a difference between two that answered the same rows.

    It leaves out zero only where the exact p beside it is below 5%. Where all groups that tell the two apart tell the
    same, the end nearer to zero goes by that p: so many could have missed a share that tells the opposite, as clearly;
    the bound is the mid-p's. Elsewhere it reaches to zero where p is not below 5%.

    Args:
        value: The difference, between -1 and 1.
        found: Variance of the difference.
        groups: Number of groups.
        one_way: Groups that tell the two apart, if all of them tell the same; else 0: see `groups_one_way`.
        p: Exact, two-sided, of no difference.
    """
    low, high = difference_interval(value, found, groups)
    if not one_way or groups < 2:
        return (low, high) if p < 1 - LEVEL else (min(low, 0.0), max(high, 0.0))
    nearer = value * (1 - 2 * (1 - (1 - LEVEL) ** (1 / one_way)))
    if value > 0:
        return (nearer if found.total == 0 else min(low, nearer), high)
    return (low, nearer if found.total == 0 else max(high, nearer))
