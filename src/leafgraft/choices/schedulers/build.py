"""Build the schedule that a recipe names."""

from __future__ import annotations

from leafgraft.choices.menu import find
from leafgraft.choices.schedulers.schedule import Plateau, Schedule
from leafgraft.records.recipe import Choice


def build_schedule(choice: Choice, epochs: int, steps_per_epoch: int) -> Schedule | Plateau:
    """Make the schedule of a whole training.

    Args:
        choice: Scheduler with all its settings.
        epochs: Most epochs of the training.
        steps_per_epoch: Batches of one epoch.

    Raises:
        MenuError: There is no such scheduler.
    """
    schedule: Schedule | Plateau = find("schedulers", choice).build(epochs, steps_per_epoch, **choice.settings)
    return schedule
