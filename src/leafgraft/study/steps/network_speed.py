"""How fast the networks of a study are on this machine: timed once, and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Recipe
from leafgraft.study.context import StudyContext
from leafgraft.study.measured import measured
from leafgraft.study.trial_list import named_searches
from leafgraft.training.costs.estimate import Speed, measure_speed, measured_photos, pass_seconds, unweighted_network
from leafgraft.training.frozen.prefix import Prefix
from leafgraft.training.network import Network
from leafgraft.training.processor import this_machine

Speeds = dict[tuple[str, int], tuple[Speed, Network]]


def network_of(recipe: Recipe) -> tuple[str, int]:
    """What recipes have in common that take equally long for a photo: backbone and image size."""
    return recipe.backbone.name, recipe.image_size


def measure_networks(context: StudyContext) -> Speeds:
    """Every network of the study, and how fast it is on this machine: as measured before, if it was."""
    wanted = {network_of(recipe): recipe for recipe in context.recipes}
    searched = [tuned.recipe for tuned in named_searches(context.study)]
    learning = {network_of(one) for one in (*context.recipes, *searched) if not one.frozen or one.auxiliary}
    found: Speeds = {}
    with context.progress.task("Measure networks", len(wanted)) as advance:
        for key, recipe in wanted.items():
            found[key] = _speed_of(context, recipe, learns=key in learning)
            advance(1)
    return found


def _speed_of(context: StudyContext, recipe: Recipe, *, learns: bool) -> tuple[Speed, Network]:
    network, batch_size = unweighted_network(recipe, context.device), context.study.training.batch_size

    def measure() -> dict[str, Any]:
        return asdict(measure_speed(recipe, network, context.device, batch_size=batch_size, learns=learns))

    count = measured_photos(batch_size, learns=learns)
    kept = _kept_speed(context, recipe, [str(recipe.backbone.settings), str(learns), str(count)], measure)
    return Speed(tuple(kept["seconds"]), tuple(kept["bytes_after"]), kept["step_factor"]), network


def speed_of_pass(context: StudyContext, recipe: Recipe, prefix: Prefix) -> float:
    """Seconds of one photo through the frozen stages of a recipe's network, in their engine."""
    inputs = [prefix.identity, str(prefix.cut), prefix.choice.engine]
    return float(_kept_speed(context, recipe, inputs, lambda: pass_seconds(prefix)))


def _kept_speed(context: StudyContext, recipe: Recipe, inputs: Sequence[str], measure: Callable[[], object]) -> Any:
    """What was timed once of a recipe's network on this machine and device."""
    name, side = network_of(recipe)
    inputs = [*this_machine(), context.device, *inputs]
    # nobody asks whether a clock was read again: it is not among what the page says was kept
    return measured(context.cache, Silent(), f"the speed of {name} at {side} px", inputs, measure)
