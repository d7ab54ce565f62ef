"""Two recipes of which only counts are known: a table of four, or the right answers alone, as papers print them.

The table (both right, only a, only b, neither) gives the paired test as the photos would. Of right answers alone the
paired test can only be bounded: every table of the same margins is possible, from nested errors (the worse misses all
that the better misses) to errors that do not overlap at all.

Source: unpaired interval: Newcombe 1998, method 10; McNemar mid-p and Connor 1987 as in `compare`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from leafgraft.errors import UsageError
from leafgraft.evaluation.comparison.compare import ALPHA, photos_needed
from leafgraft.evaluation.intervals import add_variances, paired_interval
from leafgraft.evaluation.metrics import Floats
from leafgraft.evaluation.sign_flip import sign_flip_p
from leafgraft.records.display import counted
from leafgraft.records.evaluation import Interval

MOST_PHOTOS = 10_000_000


@dataclass(frozen=True, slots=True)
class CountsComparison:
    """What the counts alone can say of a less b.

    Attributes:
        difference: Difference of the two accuracies.
        discordant: Fewest and most photos that exactly one of the two can have right.
        p: McNemar mid-p at the fewest and at the most.
        photos_needed: At the fewest and at the most; None without a difference.
        undecided_from: Fewest discordant photos from which no pairing reaches 5%; None if the widest does.
        unpaired_p: Two-sided p as if the two had seen different photos.
        unpaired_interval: 95%, of the difference, likewise.
        sentence: What may be written.
    """

    difference: float
    discordant: tuple[int, int]
    p: tuple[float, float]
    photos_needed: tuple[int, int] | None
    undecided_from: int | None
    unpaired_p: float
    unpaired_interval: Interval
    sentence: str


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """What a table of two models says of a less b, if every photo shows a leaf of its own.

    Attributes:
        photos: Tested, the same for both.
        accuracy: Accuracies of a and of b.
        difference: Difference of the two accuracies.
        interval: 95%, of the difference, paired.
        p: McNemar's exact mid-p.
        photos_needed: Photos that would separate the two with 80% power; None where they do not differ.
        sentence: What may be written, or may not.
    """

    photos: int
    accuracy: tuple[float, float]
    difference: float
    interval: Interval
    p: float
    photos_needed: int | None
    sentence: str


def compare_paired_counts(both: int, only_a: int, only_b: int, neither: int) -> PairedCounts:
    """Compare two models from how many photos both have right, only a, only b, and neither.

    Args:
        both: Photos that both models have right.
        only_a: Photos that only the first has right.
        only_b: Photos that only the second has right.
        neither: Photos that both have wrong.

    Raises:
        UsageError: A count is negative, or there are no photos, or more than ten million.

    Example:
        >>> round(compare_paired_counts(149, 29, 15, 58).p, 3)
        0.036
    """
    total = both + only_a + only_b + neither
    if min(both, only_a, only_b, neither) < 0 or not 0 < total <= MOST_PHOTOS:
        raise UsageError(
            f"Four counts of photos must be 0 or more, and 1 to {MOST_PHOTOS:,} together: both right, only A, only B, "
            "neither.",
            f"Found {both}, {only_a}, {only_b} and {neither}.",
            "Give whole counts, not percentages.",
        )
    difference, apart = (only_a - only_b) / total, (only_a + only_b) / total
    variance = max(apart - difference**2, 0.0) / max(total - 1, 1)
    p, needed = _mid_p(only_a, only_b), photos_needed(difference, apart)
    one_way = 0 if only_a and only_b else only_a + only_b
    return PairedCounts(
        photos=total,
        accuracy=((both + only_a) / total, (both + only_b) / total),
        difference=difference,
        interval=paired_interval(difference, add_variances(variance, max(total - 1, 1), []), total, one_way, p),
        p=p,
        photos_needed=needed,
        sentence=_paired_sentence(difference, p, total, needed),
    )


def _paired_sentence(difference: float, p: float, total: int, needed: int | None) -> str:
    better, worse = ("A", "B") if difference >= 0 else ("B", "A")
    if p < ALPHA:
        return f"May be claimed: {better} is more accurate than {worse} on photos like these."
    more = f" At this difference, about {needed:,} would." if needed and needed > total else ""
    not_told = counted(total, "test photo does", "test photos do")
    return f"May not be claimed: '{better} is better than {worse}': {not_told} not tell the two apart.{more}"


def compare_counts(right_a: int, right_b: int, total: int, pairs: int = 1) -> CountsComparison:
    """Bound the paired comparison over every possible pairing.

    Args:
        right_a: Photos that a has right.
        right_b: Photos that b has right.
        total: Photos tested, the same for both.
        pairs: Pairs compared in the same study; p values are multiplied by it (the first step of Holm).

    Raises:
        UsageError: A count is negative or beyond the total.
    """
    if not (total > 0 and pairs > 0 and 0 <= right_a <= total and 0 <= right_b <= total):
        raise UsageError(
            "Counts of right answers must lie between 0 and the number of photos.",
            f"Found {right_a} and {right_b} of {total}, {pairs} pairs.",
            "Give whole counts, not percentages.",
        )
    net = abs(right_a - right_b)
    most_shared = min(total - max(right_a, right_b), right_a, right_b)
    p = [min(1.0, pairs * _mid_p(net + lost, lost)) for lost in range(most_shared + 1)]
    undecided = next((lost for lost in range(most_shared + 1) if min(p[lost:]) >= ALPHA), None)
    fewest, most = net, net + 2 * most_shared
    needed = [photos_needed(net / total, count / total) for count in (fewest, most)]
    return CountsComparison(
        difference=(right_a - right_b) / total,
        discordant=(fewest, most),
        p=(p[0], p[-1]),
        photos_needed=None if needed[0] is None or needed[1] is None else (needed[0], needed[1]),
        undecided_from=None if undecided is None else net + 2 * undecided,
        unpaired_p=_unpaired_p(right_a, right_b, total),
        unpaired_interval=_newcombe(right_a, right_b, total),
        sentence=_sentence(p, undecided, net),
    )


def _mid_p(b: int, c: int) -> float:
    return sign_flip_p(np.array([1] * b + [-1] * c, dtype=np.int64))


def _sentence(p: list[float], undecided: int | None, net: int) -> str:
    if undecided == 0:
        return "These counts do not show a difference, whatever the pairing."
    if undecided is None and max(p) < ALPHA:
        return "These counts show a difference, whatever the pairing."
    if undecided is None:
        return "These counts alone do not decide: keep the answer of each recipe to each photo, and compare again."
    shared = net + 2 * undecided
    return (
        f"These counts alone do not show a difference: they would only if the two disagreed on fewer than {shared} "
        "photos. Keep the answer of each recipe to each photo, and compare again."
    )


def _unpaired_p(right_a: int, right_b: int, total: int) -> float:
    pooled = (right_a + right_b) / (2 * total)
    error = math.sqrt(2 * pooled * (1 - pooled) / total)
    return float(2 * special.ndtr(-abs(right_a - right_b) / total / error)) if error > 0 else 1.0


def _newcombe(right_a: int, right_b: int, total: int) -> Interval:
    a, b = right_a / total, right_b / total
    (low_a, high_a), (low_b, high_b) = _wilson(a, total), _wilson(b, total)
    return (
        a - b - math.hypot(a - low_a, high_b - b),
        a - b + math.hypot(high_a - a, b - low_b),
    )


def _wilson(value: float, total: int) -> tuple[float, float]:
    squared = float(special.ndtri(1 - ALPHA / 2)) ** 2 / total
    half = math.sqrt(squared * value * (1 - value) + squared**2 / 4)
    ends: Floats = np.clip(np.array([value + squared / 2 - half, value + squared / 2 + half]) / (1 + squared), 0, 1)
    return float(ends[0]), float(ends[1])
