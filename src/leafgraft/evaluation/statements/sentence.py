"""Sentences that may be said and those that may not, and the figures in them."""

from __future__ import annotations

from dataclasses import dataclass

from leafgraft.languages.catalogue import catalogue
from leafgraft.records.evaluation import Flag, Interval


@dataclass(frozen=True, slots=True)
class Sentences:
    """What may be written, and what may not."""

    claims: tuple[str, ...]
    refused: tuple[str, ...]

    def in_korean(self) -> Sentences:
        """The same in Korean."""
        return Sentences(tuple(map(in_korean, self.claims)), tuple(map(in_korean, self.refused)))


def in_korean(sentence: str) -> str:
    """A sentence as the catalogue has it.

    Args:
        sentence: English sentence, with figures and names in it.
    """
    return catalogue("ko").say(sentence)


def flag_in_words(name: str, sentence: str) -> Flag:
    """A warning, with its Korean.

    Args:
        name: A few words for tables.
        sentence: What was found and what to do, in English; the catalogue has its Korean.
    """
    return Flag(name, sentence, in_korean(sentence))


def in_percent(value: float) -> str:
    """0.9771 as 97.7%."""
    return f"{100 * value:.1f}%"


def ends_of(interval: Interval) -> tuple[str, str]:
    """Both ends in percent.

    Args:
        interval: Ends from 0 to 1.

    Example:
        >>> ends_of((0.95, 0.9771))
        ('95.0%', '97.7%')
    """
    return in_percent(interval[0]), in_percent(interval[1])
