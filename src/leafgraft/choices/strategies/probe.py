"""The linear head at its optimum: solved for, not trained."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.choices.entry import Entry
from leafgraft.records.strategy import Phase


def build(stages: Sequence[str]) -> tuple[Phase, ...]:
    """One phase without epochs, in which the head is set to its optimum and no stage learns.

    Args:
        stages: Names of the stages, from the stem on.
    """
    del stages
    return (Phase(0, head_optimum=True),)


ENTRY = Entry(
    "probe",
    "the linear head at its optimum on frozen features: no epochs, no rate, the same for every seed",
    "Kornblith et al. 2019, Do Better ImageNet Models Transfer Better? (logistic regression on fixed features)",
    build,
)
