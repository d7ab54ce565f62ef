"""The rate does not move."""

from __future__ import annotations

from leafgraft.choices.entry import Entry
from leafgraft.choices.schedulers.schedule import Schedule


def build(epochs: int, steps_per_epoch: int) -> Schedule:
    """Factor 1 throughout.

    Args:
        epochs: Most epochs of the training; of no use here.
        steps_per_epoch: Batches of one epoch.
    """
    del epochs
    return Schedule(lambda _epoch: 1.0, steps_per_epoch)


ENTRY = Entry("constant", "the rate does not move", "torch.optim.lr_scheduler.ConstantLR", build)
