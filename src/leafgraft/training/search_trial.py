"""Try the settings of a recipe on validation photos: nothing is written, and test photos are not looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.training.distributed.launch import one_device
from leafgraft.training.fit.early_stopping import TrainingState
from leafgraft.training.fit.open_parts import open_prefix
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.setup import make_loop, set_head_to_optimum

PRUNED = "pruned"
GoesOn = Callable[[int, float], bool]


def try_settings(trial: Trial, inputs: TrialInputs, progress: Progress, goes_on: GoesOn) -> dict[str, Any]:
    """Train a trial for its lowest validation loss alone.

    Args:
        trial: With the settings to try.
        inputs: What it is trained on.
        progress: Shows work that is shared, such as features.
        goes_on: Asked after each epoch, with its number and the lowest validation loss so far.

    Returns:
        ``loss`` (the lowest plain cross-entropy on validation photos), ``accuracy`` of that epoch, ``epochs``,
        ``best_epoch``, ``stopped`` (why it ended), ``losses`` by epoch, and ``seconds``.

    Raises:
        TrainingError: The loss is not a number.
        MenuError: The settings do not fit the network or the classes.
        WeightsError: The weights cannot be had or do not fit.
    """
    prefix = open_prefix(trial, inputs, progress)
    loop = make_loop(trial, inputs, prefix, one_device(inputs))
    if loop.phases[0].head_optimum:
        set_head_to_optimum(trial, inputs, prefix)

    def after_epoch(now: TrainingState, _improved: bool) -> None:  # noqa: FBT001 - the loop's own protocol
        if not now.stopped and not goes_on(now.epoch - 1, now.best_loss):
            now.stopped = PRUNED

    fit = loop.run(TrainingState(), after_epoch)
    return {
        "loss": fit.best_loss,
        "accuracy": fit.history[fit.best_epoch]["validation_accuracy"],
        "epochs": fit.epoch,
        "best_epoch": fit.best_epoch,
        "stopped": fit.stopped,
        "losses": [round(row["validation_loss"], 6) for row in fit.history],
        "seconds": round(fit.seconds, 3),
    }
