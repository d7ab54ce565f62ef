"""By which engine each frozen prefix of a study is computed: settled once, before anything is computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.pixels import open_pixel_map
from leafgraft.errors import StudyFolderError
from leafgraft.records.engine import EngineChoice, EngineFigures
from leafgraft.records.recipe import Recipe
from leafgraft.study.bench import Bench
from leafgraft.training.engine_trial import TRIAL_PHOTOS
from leafgraft.training.prefix_engines import settle_prefixes


def settle_engines(bench: Bench) -> None:
    """Take the engines of an earlier run of this study; choose those that it does not name by a short trial.

    What is kept under one engine is not the same to the last bit as under another: a study that goes on must go on with
    the engine that it began with.

    Raises:
        WeightsError: Weights cannot be had or do not fit.
    """
    settled = {choice.prefix: choice for choice in (*bench.engines, *_settled_before(bench))}
    networks: dict[tuple[str, str, int], list[Recipe]] = {}
    for recipe in bench.recipes:
        networks.setdefault((recipe.backbone.name, recipe.weights, recipe.image_size), []).append(recipe)
    counts = (
        sum(len(manifest.photos) for manifest in bench.manifests),
        max(len(fold.train) for fold in bench.splits.folds),
    )
    with bench.progress.task("Choose engines", len(networks)) as advance:
        for (_, _, side), recipes in networks.items():
            photos = _some_photos(bench, side)
            where = (bench.looking.cache, bench.device)
            for choice in settle_prefixes(recipes, bench.study.training, photos, counts, where):
                settled.setdefault(choice.prefix, choice)
            advance(1)
    bench.engines = tuple(settled.values())


def _settled_before(bench: Bench) -> list[EngineChoice]:
    """What plan.json of an earlier run says; nothing if there is none, or if it is damaged."""
    try:
        return [
            EngineChoice(**{**one, "figures": tuple(EngineFigures(**figures) for figures in one["figures"])})
            for one in bench.folder.read_json("plan.json")["engines"]
        ]
    except (StudyFolderError, KeyError, TypeError):
        return []


def _some_photos(bench: Bench, side: int) -> NDArray[np.uint8]:
    """A few photos of the study, evenly spaced, shape (N, S, S, 3)."""
    manifest = bench.home.manifest
    step = max(1, len(manifest.photos) // TRIAL_PHOTOS)
    chosen = replace(manifest, photos=manifest.photos[::step][:TRIAL_PHOTOS])
    return np.asarray(open_pixel_map(chosen, side, bench.looking.cache, bench.progress, bench.looking.jobs).array)
