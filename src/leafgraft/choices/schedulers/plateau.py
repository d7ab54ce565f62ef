"""The rate falls once the validation loss stops falling."""

from __future__ import annotations

from leafgraft.choices.entry import Entry, number, one_of, whole
from leafgraft.choices.schedulers.schedule import Plateau


def build(epochs: int, steps_per_epoch: int, mode: str, factor: float, patience: int, threshold: float) -> Plateau:
    """Watches the validation loss, which should fall.

    Args:
        epochs: Most epochs of the training; of no use here.
        steps_per_epoch: Batches of one epoch; of no use here.
        mode: Always ``min``: the loss should fall.
        factor: Factor of each fall, from 0 to below 1.
        patience: Epochs without a better loss that are borne.
        threshold: Share by which a loss must be lower to be better.
    """
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
