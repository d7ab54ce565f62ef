"""First the head to its convex optimum, then everything."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.choices.entry import Entry
from leafgraft.records.strategy import Phase


def build(stages: Sequence[str]) -> tuple[Phase, ...]:
    """One phase in which all learn, from a head at its optimum.

    Args:
        stages: Names of the stages, from the stem on.
    """
    return (Phase(0, tuple(stages), head_optimum=True),)


ENTRY = Entry(
    "probe_then_full",
    "the linear head at its convex optimum first, then all layers learn",
    "Kumar et al. 2022, Fine-Tuning can Distort Pretrained Features (LP-FT)",
    build,
    learning_rate=1e-4,
)
