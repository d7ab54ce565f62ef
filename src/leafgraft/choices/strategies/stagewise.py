"""One more stage learns every few epochs, from the last to the stem."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.choices.entry import Entry, number, whole
from leafgraft.choices.strategies.scaling import equal
from leafgraft.records.strategy import Phase


def build(stages: Sequence[str], every: int, backbone_rate: float) -> tuple[Phase, ...]:
    """The head alone for `every` epochs, then one more stage from the end each time."""
    phases = [Phase(0)]
    for number_learning in range(1, len(stages) + 1):
        learning = tuple(stages[len(stages) - number_learning :])
        phases.append(Phase(number_learning * every, learning, equal(learning, backbone_rate)))
    return tuple(phases)


ENTRY = Entry(
    "stagewise",
    "one more stage learns every few epochs, from the last to the stem",
    "Howard and Ruder 2018, Universal Language Model Fine-tuning (gradual unfreezing)",
    build,
    settings={"every": whole(3, 1), "backbone_rate": number(0.1, 1e-6, 10.0)},
    learning_rate=1e-3,
)
