"""The rate rises to its peak, then falls to almost nothing."""

from __future__ import annotations

import math

from leafgraft.choices.entry import Entry, number
from leafgraft.choices.schedulers.schedule import Schedule


def build(epochs: int, steps_per_epoch: int, rise: float, start_divisor: float, end_divisor: float) -> Schedule:
    """Along two half cosines: from 1/`start_divisor` to 1 over the share `rise`, then to that over `end_divisor`.

    Args:
        epochs: Most epochs of the training.
        steps_per_epoch: Batches of one epoch.
        rise: Share of all steps until the peak, from 0 to below 1.
        start_divisor: Peak rate divided by the first rate, 1 or more.
        end_divisor: First rate divided by the last rate, 1 or more.
    """
    last_step = epochs * steps_per_epoch - 1
    peak = rise * (last_step + 1) - 1
    low, end = 1 / start_divisor, 1 / (start_divisor * end_divisor)

    def curve(epoch: float) -> float:
        step = min(epoch * steps_per_epoch, last_step)
        if step <= peak and peak > 0:
            return 1.0 + (low - 1.0) / 2 * (1 + math.cos(math.pi * step / peak))
        share = (step - peak) / max(last_step - peak, 1e-9)
        return end + (1.0 - end) / 2 * (1 + math.cos(math.pi * share))

    return Schedule(curve, steps_per_epoch, by_step=True)


ENTRY = Entry(
    "one_cycle",
    "the rate rises to its peak, then falls to almost nothing",
    "Smith and Topin 2018, Super-Convergence; torch.optim.lr_scheduler.OneCycleLR",
    build,
    settings={
        "rise": number(0.3, 0.0, 0.99),
        "start_divisor": number(25.0, 1.0, 1e6),
        "end_divisor": number(1e4, 1.0, 1e9),
    },
)
