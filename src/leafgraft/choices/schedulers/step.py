"""The rate falls by a factor every few epochs."""

from __future__ import annotations

from leafgraft.choices.entry import Entry, number, whole
from leafgraft.choices.schedulers.schedule import Schedule


def build(epochs: int, steps_per_epoch: int, step_size: int, gamma: float) -> Schedule:
    """Factor gamma^floor(epoch / step_size).

    Args:
        epochs: Most epochs of the training; of no use here.
        steps_per_epoch: Batches of one epoch.
        step_size: Epochs between two falls.
        gamma: Factor of each fall, from 0 to 1.

    Example:
        >>> schedule = build(epochs=10, steps_per_epoch=4, step_size=5, gamma=0.1)
        >>> schedule.factor(epoch=4, step=0), schedule.factor(epoch=5, step=0)
        (1.0, 0.1)
    """
    del epochs
    return Schedule(lambda epoch: gamma ** (int(epoch) // step_size), steps_per_epoch)


ENTRY = Entry(
    "step",
    "the rate falls by a factor every few epochs",
    "torch.optim.lr_scheduler.StepLR",
    build,
    settings={"step_size": whole(7, 1), "gamma": number(0.1, 0.0, 1.0)},
)
