"""All layers learn from the first epoch, at one rate: the baseline of the notes."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.choices.entry import Entry
from leafgraft.records.strategy import Phase


def build(stages: Sequence[str]) -> tuple[Phase, ...]:
    """One phase in which all stages learn at the head's rate.

    Args:
        stages: Names of the stages, from the stem on.
    """
    return (Phase(0, tuple(stages)),)


ENTRY = Entry(
    "uniform",
    "all layers learn at one rate",
    "the plain way: Yosinski et al. 2014, How Transferable Are Features in Deep Neural Networks?",
    build,
    learning_rate=1e-4,
)
