"""By which engine the frozen stages of a study run: said before anything is computed."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from leafgraft.records.display import counted
from leafgraft.records.recipe import Recipe
from leafgraft.study.context import StudyContext
from leafgraft.study.steps.network_speed import speed_of_pass
from leafgraft.training.frozen.features import whole_prefix
from leafgraft.training.frozen.prefix import Prefix
from leafgraft.training.frozen.segments import segments

NetworkKey = tuple[str, str, str, int]


def network_key(recipe: Recipe) -> NetworkKey:
    """What recipes of one network have in common."""
    return recipe.backbone.name, str(recipe.backbone.settings), recipe.weights, recipe.image_size


def open_prefixes(context: StudyContext) -> dict[NetworkKey, Prefix]:
    """Every network of the study, with all its stages frozen.

    Raises:
        WeightsError: Weights cannot be had or do not fit.
    """
    seed, opened = context.study.training.seeds[0], {}
    for recipe in context.recipes:
        if (key := network_key(recipe)) not in opened:
            opened[key] = whole_prefix(recipe, context.cache, context.progress, context.device, seed=seed)
    return opened


def choose_engines(context: StudyContext, prefixes: dict[NetworkKey, Prefix]) -> list[dict[str, Any]]:
    """Apply the rule to every place where a recipe cuts its network, and time it; say where onnxruntime may not run.

    Returns:
        What plan.json tells of it.
    """
    told = []
    with context.progress.task("Choose engines", len(prefixes)) as advance:
        for (name, settings, weights, side), prefix in prefixes.items():
            recipes = [one for one in context.recipes if network_key(one) == (name, settings, weights, side)]
            for cut in _cuts(context, recipes, prefix):
                stages_of = replace(prefix, cut=cut)
                choice = stages_of.choice
                speed_of_pass(context, recipes[0], stages_of)  # timed while the engine that was tried is in memory
                stages_of.drop_engine()
                told.append({"backbone": name, "weights": weights, "image_size": side, "stages": cut, **asdict(choice)})
                if choice.refused:
                    stages = counted(cut, "frozen stage")
                    context.progress.say(f"{name}: torch's own operations run {stages}: {choice.refused}.")
            advance(1)
    return told


def _cuts(context: StudyContext, recipes: list[Recipe], prefix: Prefix) -> list[int]:
    """Numbers of stages that are frozen in some epochs; the diagnosis reads what the whole network gives."""
    epochs = context.study.training.epochs
    cuts = {segment.cut for recipe in recipes for segment in segments(recipe, prefix.network, epochs)}
    return sorted({*cuts, prefix.cut} - {0})
