"""The rate falls by a factor every few epochs."""

from __future__ import annotations

from leafgraft.choices.entry import Entry, number, whole
from leafgraft.choices.schedulers.schedule import Schedule


def build(epochs: int, steps_per_epoch: int, step_size: int, gamma: float) -> Schedule:
    """Factor gamma^floor(epoch / step_size)."""
    del epochs
    return Schedule(lambda epoch: gamma ** (int(epoch) // step_size), steps_per_epoch)


ENTRY = Entry(
    "step",
    "the rate falls by a factor every few epochs",
    "torch.optim.lr_scheduler.StepLR",
    build,
    settings={"step_size": whole(7, 1), "gamma": number(0.1, 0.0, 1.0)},
)
