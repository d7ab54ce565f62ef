"""Build the schedule that a recipe names."""

from __future__ import annotations

from leafgraft.choices.menu import find
from leafgraft.choices.schedulers.schedule import Plateau, Schedule
from leafgraft.records.recipe import Choice


def build_schedule(choice: Choice, epochs: int, steps_per_epoch: int) -> Schedule | Plateau:
    """Make the schedule of a whole training."""
    schedule: Schedule | Plateau = find("schedulers", choice).build(epochs, steps_per_epoch, **choice.settings)
    return schedule
