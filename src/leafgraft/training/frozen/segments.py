"""The epochs of a recipe by phase, and where its network is cut in each."""

from __future__ import annotations

from dataclasses import dataclass

from leafgraft.choices.menu import phases as phases_of
from leafgraft.records.recipe import Recipe
from leafgraft.records.strategy import Phase
from leafgraft.training.network import Network
from leafgraft.training.phases import frozen_prefix


@dataclass(frozen=True, slots=True)
class Segment:
    """Epochs of one phase.

    Attributes:
        phase: Which stages learn.
        epochs: How many at most.
        cut: Number of leading stages that are computed once; 0 for none.
    """

    phase: Phase
    epochs: int
    cut: int


def segments(recipe: Recipe, network: Network, epochs: int) -> tuple[Segment, ...]:
    """Phases that begin within `epochs`, in order."""
    phases = phases_of(recipe.strategy, network.backbone.stage_names)
    phases = tuple(one for one in phases if one.from_epoch < epochs or one.solved)
    ends = [*(phase.from_epoch for phase in phases[1:]), epochs]
    return tuple(
        Segment(phase, end - phase.from_epoch, frozen_prefix(network, phase))
        for phase, end in zip(phases, ends, strict=True)
    )


def views_of(recipe: Recipe, views: int, epochs: int) -> int:
    """Recorded views that so many epochs on a frozen prefix read; 0 for the plain photo alone."""
    return min(views, epochs) if recipe.augmentation else 0
