"""The rate falls along half a cosine, after a rise if asked for."""

from __future__ import annotations

import math

from leafgraft.choices.entry import Entry, number
from leafgraft.choices.schedulers.schedule import Schedule


def build(epochs: int, steps_per_epoch: int, warmup_epochs: float, floor: float) -> Schedule:
    """From 1 to `floor` over all epochs; linearly from near 0 over the first `warmup_epochs`.

    Args:
        epochs: Most epochs of the training.
        steps_per_epoch: Batches of one epoch.
        warmup_epochs: Epochs of the rise, fractions allowed; 0 for none.
        floor: Factor at the end, from 0 to 1.

    Example:
        >>> schedule = build(epochs=10, steps_per_epoch=4, warmup_epochs=0.0, floor=0.0)
        >>> round(schedule.factor(epoch=5, step=0), 3)
        0.5
    """

    def curve(epoch: float) -> float:
        if epoch < warmup_epochs:
            return min(1.0, (epoch + 1 / steps_per_epoch) / warmup_epochs)
        progress = (epoch - warmup_epochs) / max(epochs - warmup_epochs, 1e-9)
        return floor + (1 - floor) * (1 + math.cos(math.pi * min(progress, 1.0))) / 2

    return Schedule(curve, steps_per_epoch, by_step=True)


ENTRY = Entry(
    "cosine",
    "the rate falls along half a cosine",
    "Loshchilov and Hutter 2017, SGDR; torch.optim.lr_scheduler.CosineAnnealingLR",
    build,
    settings={"warmup_epochs": number(0.0, 0.0, 100.0), "floor": number(0.0, 0.0, 1.0)},
)
