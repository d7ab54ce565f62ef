"""First the head alone, then everything."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.choices.entry import Entry, number, whole
from leafgraft.choices.strategies.scaling import equal
from leafgraft.records.strategy import Phase


def build(stages: Sequence[str], unfreeze_at: int, backbone_rate: float) -> tuple[Phase, ...]:
    """The head alone at first, then all stages.

    Args:
        stages: Names of the stages, from the stem on.
        unfreeze_at: Epoch from which all stages learn, counted from 0.
        backbone_rate: Rate of the stages as a factor on that of the head.
    """
    return (Phase(0), Phase(unfreeze_at, tuple(stages), equal(stages, backbone_rate)))


ENTRY = Entry(
    "gradual",
    "the head alone until an epoch, then all layers",
    "the notes' own; fastai's fine_tune",
    build,
    settings={"unfreeze_at": whole(5, 1), "backbone_rate": number(0.1, 1e-6, 10.0)},
    learning_rate=1e-3,
)
