"""The rate falls once the validation loss stops falling."""

from __future__ import annotations

from leafgraft.choices.entry import Entry, number, one_of, whole
from leafgraft.choices.schedulers.schedule import Plateau


def build(epochs: int, steps_per_epoch: int, mode: str, factor: float, patience: int, threshold: float) -> Plateau:
    """Watches the validation loss, which should fall: `mode` has no other value."""
    del epochs, steps_per_epoch, mode
    return Plateau(factor, patience, threshold)


ENTRY = Entry(
    "plateau",
    "the rate falls once the validation loss stops falling",
    "torch.optim.lr_scheduler.ReduceLROnPlateau",
    build,
    settings={
        "mode": one_of("min", ("min",)),
        "factor": number(0.5, 0.0, 0.999),
        "patience": whole(2, 0),
        "threshold": number(1e-4, 0.0, 1.0),
    },
)
