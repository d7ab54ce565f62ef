"""All layers learn from the first epoch, at a rate that falls towards the stem."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.choices.entry import Entry, number
from leafgraft.records.strategy import Phase


def build(stages: Sequence[str], decay: float) -> tuple[Phase, ...]:
    """One phase; the last stage learns at `decay` times the head's rate, the one before at its square, and so on.

    Args:
        stages: Names of the stages, from the stem on.
        decay: Rate of a stage as a share of that of the next one, above 0 to 1.

    Example:
        >>> build(("stem", "layer1"), decay=0.5)[0].rate_scale
        {'stem': 0.25, 'layer1': 0.5}
    """
    scale = {stage: decay ** (len(stages) - index) for index, stage in enumerate(stages)}
    return (Phase(0, tuple(stages), scale),)


ENTRY = Entry(
    "full",
    "all layers learn, each stage slower than the next (discriminative rates)",
    "Howard and Ruder 2018, Universal Language Model Fine-tuning (there 1/2.6 a layer; here a factor a stage)",
    build,
    settings={"decay": number(0.6, 0.01, 1.0)},
    learning_rate=5e-4,
)
