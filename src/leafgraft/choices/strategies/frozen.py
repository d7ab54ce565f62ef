"""Only the head learns."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.choices.entry import Entry
from leafgraft.records.strategy import Phase


def build(stages: Sequence[str]) -> tuple[Phase, ...]:
    """One phase in which no stage learns.

    Args:
        stages: Names of the stages, from the stem on.
    """
    del stages
    return (Phase(0),)


ENTRY = Entry(
    "frozen",
    "only the head learns, on features that are computed once",
    "Razavian et al. 2014, CNN Features off-the-shelf",
    build,
    learning_rate=1.25e-3,
)
