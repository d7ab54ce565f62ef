"""Rates of stages relative to the head."""

from __future__ import annotations

from collections.abc import Sequence


def equal(stages: Sequence[str], rate: float) -> dict[str, float]:
    """The same factor for every stage."""
    return dict.fromkeys(stages, rate)
