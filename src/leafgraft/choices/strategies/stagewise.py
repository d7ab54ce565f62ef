"""One more stage learns every few epochs, from the last to the stem."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.choices.entry import Entry, number, whole
from leafgraft.choices.strategies.scaling import equal
from leafgraft.records.strategy import Phase


def build(stages: Sequence[str], every: int, backbone_rate: float) -> tuple[Phase, ...]:
    """The head alone, then one more stage from the end each time.

    Args:
        stages: Names of the stages, from the stem on.
        every: Epochs between two stages, and before the first of them.
        backbone_rate: Rate of the stages as a factor on that of the head.

    Example:
        >>> [(phase.from_epoch, phase.learning) for phase in build(("stem", "layer1"), every=3, backbone_rate=0.1)]
        [(0, ()), (3, ('layer1',)), (6, ('stem', 'layer1'))]
    """
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
