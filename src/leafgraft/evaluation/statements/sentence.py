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
