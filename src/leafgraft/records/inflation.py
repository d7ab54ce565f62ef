"""How much of an accuracy is leak."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inflation:
    """Accuracy under a plain random split against the grouped one: same features, same head, repeated over seeds.

    Attributes:
        random: Mean accuracy when photos of one leaf may lie on both sides.
        grouped: Mean accuracy when leaves are kept together.
        difference: Random minus grouped.
        interval: 95%, of the difference.
        repeats: Pairs of splits.
        shared_leaves: Leaves with more than one photo.
        sentence: What to read from it.
        headline: The same in a few words, no more than the interval allows.
    """

    random: float
    grouped: float
    difference: float
    interval: tuple[float, float]
    repeats: int
    shared_leaves: int
    sentence: str
    headline: str
