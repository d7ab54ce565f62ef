"""By which engine the frozen stages of a study run: said before anything is computed."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from leafgraft.records.display import counted
from leafgraft.records.recipe import Recipe
from leafgraft.study.bench import Bench
from leafgraft.training.features import whole_prefix
from leafgraft.training.segments import segments
from leafgraft.training.stage_cache import Prefix

NetworkKey = tuple[str, str, str, int]


def network_key(recipe: Recipe) -> NetworkKey:
    """What recipes of one network have in common."""
    return recipe.backbone.name, str(recipe.backbone.settings), recipe.weights, recipe.image_size


def open_prefixes(bench: Bench) -> dict[NetworkKey, Prefix]:
    """Every network of the study, with all its stages frozen.

    Raises:
        WeightsError: Weights cannot be had or do not fit.
    """
    seed, opened = bench.study.training.seeds[0], {}
    for recipe in bench.recipes:
        if (key := network_key(recipe)) not in opened:
            opened[key] = whole_prefix(recipe, bench.cache, bench.progress, bench.device, seed=seed)
    return opened


def choose_engines(bench: Bench, prefixes: dict[NetworkKey, Prefix]) -> list[dict[str, Any]]:
    """Apply the rule to every place where a recipe cuts its network; say where onnxruntime may not run.

    Returns:
        What plan.json tells of it.
    """
    told = []
    with bench.progress.task("Choose engines", len(prefixes)) as advance:
        for (name, settings, weights, side), prefix in prefixes.items():
            recipes = [one for one in bench.recipes if network_key(one) == (name, settings, weights, side)]
            for cut in _cuts(bench, recipes, prefix):
                choice = replace(prefix, cut=cut).choice
                told.append({"backbone": name, "weights": weights, "image_size": side, "stages": cut, **asdict(choice)})
                if choice.refused:
                    stages = counted(cut, "frozen stage")
                    bench.progress.say(f"{name}: torch's own operations run {stages}: {choice.refused}.")
            advance(1)
    return told


def _cuts(bench: Bench, recipes: list[Recipe], prefix: Prefix) -> list[int]:
    """Numbers of stages that are frozen in some epochs; the diagnosis reads what the whole network gives."""
    epochs = bench.study.training.epochs
    cuts = {segment.cut for recipe in recipes for segment in segments(recipe, prefix.network, epochs)}
    return sorted({*cuts, prefix.cut} - {0})
