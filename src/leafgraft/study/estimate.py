"""plan.json: every trial with its key and cost, and the work that is done once, before any training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from leafgraft.records.recipe import Recipe, Trial
from leafgraft.study.bench import Bench
from leafgraft.study.settle import settle_engines
from leafgraft.study.trials import describe, named_searches
from leafgraft.training.estimate import Speed, measure_speed, shared_cut, trial_seconds
from leafgraft.training.network import Network

Measured = dict[tuple[str, int], tuple[Speed, Network]]


def plan_to_json(bench: Bench, trials: Sequence[Trial]) -> dict[str, Any]:
    """Trials with their keys and seconds, shared work with its seconds, bytes and engines, and the sums.

    Seconds are for all epochs: early stopping makes it less.
    """
    settle_engines(bench)
    measured = _measure(bench)
    fold = bench.splits.folds[0]
    counts = (len(fold.train), len(fold.validation))
    listed = []
    for trial in trials:
        speed, network = measured[_network_of(trial.recipe)]
        seconds = trial_seconds(trial.recipe, trial.training, speed, network, counts)
        listed.append(
            {
                "key": trial.key,
                "recipe": trial.recipe.name,
                "seed": trial.seed,
                "fold": trial.fold,
                "seconds": round(seconds, 1),
                "choices": describe(trial.recipe),
            }
        )
    shared = [*_shared(bench, measured), *_searches(bench, measured, counts)]
    return {
        "trials": listed,
        "shared": shared,
        "engines": [asdict(choice) for choice in bench.engines],
        "seconds": round(sum(one["seconds"] for one in [*listed, *shared]), 1),
        "bytes": sum(one["bytes"] for one in shared),
    }


def _searches(bench: Bench, measured: Measured, counts: Sequence[int]) -> list[dict[str, Any]]:
    """Every search as one work: as many trials as it tries, each for all its epochs."""
    work = []
    for tuned in named_searches(bench.study):
        speed, network = measured[_network_of(tuned.recipe)]
        seconds = tuned.tuning.trials * trial_seconds(tuned.recipe, bench.study.training, speed, network, counts)
        what = f"search of {tuned.tuning.trials:,} settings for {tuned.recipe.backbone.name}"
        work.append({"what": what, "seconds": round(seconds, 1), "bytes": 0})
    return work


def _network_of(recipe: Recipe) -> tuple[str, int]:
    return recipe.backbone.name, recipe.image_size


def _measure(bench: Bench) -> Measured:
    wanted = {_network_of(recipe): recipe for recipe in bench.recipes}
    measured: Measured = {}
    with bench.progress.task("Measure networks", len(wanted)) as advance:
        for key, recipe in wanted.items():
            measured[key] = measure_speed(recipe, bench.device)
            advance(1)
    return measured


def _shared(bench: Bench, measured: Measured) -> list[dict[str, Any]]:
    """Decoding per side, and outputs of frozen stages per network, cut and augmentation."""
    photos = len(bench.home.manifest.photos) + sum(len(other.manifest.photos) for other in bench.second.values())
    train = len(bench.splits.folds[0].train)
    work = [
        {"what": f"photos decoded at {side} px", "seconds": round(photos * 0.004, 1), "bytes": photos * side * side * 3}
        for side in sorted({recipe.image_size for recipe in bench.recipes})
    ]
    seen = set()
    for recipe in bench.recipes:
        speed, network = measured[_network_of(recipe)]
        cut = shared_cut(recipe, network)
        views = bench.study.training.views if recipe.augmentation else 0
        key = (_network_of(recipe), cut, recipe.augmentation and str(recipe.augmentation), recipe.weights)
        if cut == 0 or key in seen:
            continue
        seen.add(key)
        rows = photos + views * train
        name = network.backbone.stage_names[network.backbone.cuts[cut] - 1]
        pooled = cut == len(network.backbone.cuts) - 1
        what = f"{recipe.backbone.name}: {'features' if pooled else f'maps after {name}'}, {1 + views} views"
        seconds = rows * sum(speed.seconds[:cut])
        work.append({"what": what, "seconds": round(seconds, 1), "bytes": rows * speed.bytes_after[cut]})
    return work
