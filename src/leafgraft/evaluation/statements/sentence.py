"""Sentences in two languages, and the figures in them."""

from __future__ import annotations

from dataclasses import dataclass

from leafgraft.records.evaluation import Interval


@dataclass(frozen=True, slots=True)
class Sentence:
    """One statement in both languages."""

    english: str
    korean: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """What may be written, and what may not."""

    claims: tuple[Sentence, ...]
    refused: tuple[Sentence, ...]


def in_percent(value: float) -> str:
    """0.9771 as 97.7%."""
    return f"{100 * value:.1f}%"


def ends_of(interval: Interval) -> tuple[str, str]:
    """Both ends in percent."""
    return in_percent(interval[0]), in_percent(interval[1])


def in_korean(count: float) -> str:
    """160,000,000 as 1억 6천만, to the nearest ten million.

    Example:
        >>> in_korean(160e6), in_korean(4.1e9), in_korean(2e6)
        ('1억 6천만', '41억', '1천만 미만')
    """
    hundred_millions, ten_millions = divmod(round(count / 1e7), 10)
    parts = [f"{hundred_millions:,}억"] if hundred_millions else []
    parts += [f"{ten_millions}천만"] if ten_millions else []
    return " ".join(parts) or "1천만 미만"
