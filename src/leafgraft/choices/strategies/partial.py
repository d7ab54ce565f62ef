"""Only the last stages and the head learn."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.choices.entry import Entry, number, whole
from leafgraft.choices.strategies.scaling import equal
from leafgraft.errors import MenuError
from leafgraft.records.strategy import Phase


def build(stages: Sequence[str], last: int, backbone_rate: float) -> tuple[Phase, ...]:
    """One phase in which the last stages learn.

    Args:
        stages: Names of the stages, from the stem on.
        last: Number of stages that learn, counted from the end.
        backbone_rate: Rate of these stages as a factor on that of the head.

    Raises:
        MenuError: The backbone has fewer stages.

    Example:
        >>> build(("stem", "layer1", "layer2"), last=1, backbone_rate=0.1)[0].learning
        ('layer2',)
    """
    if last > len(stages):
        raise MenuError(
            f"partial(last={last}) needs a backbone of at least {last} stages.",
            f"This one has {len(stages)}: {', '.join(stages)}.",
            "Lower last.",
        )
    learning = tuple(stages[len(stages) - last :])
    return (Phase(0, learning, equal(learning, backbone_rate)),)


ENTRY = Entry(
    "partial",
    "the last stages and the head learn",
    "Yosinski et al. 2014, How Transferable Are Features in Deep Neural Networks?",
    build,
    settings={"last": whole(1, 1), "backbone_rate": number(0.1, 1e-6, 10.0)},
    learning_rate=1e-3,
)
