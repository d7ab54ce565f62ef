"""`leafgraft tune`: search settings, or find rates, on validation and training photos; test photos stay closed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leafgraft.data.read.source import open_photos
from leafgraft.errors import StudyFileError
from leafgraft.records.launch import Launch
from leafgraft.records.progress import Progress, Silent
from leafgraft.records.recipe import Trial
from leafgraft.records.study import Study
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path
from leafgraft.study.commands.request import check_study, open_study, open_study_again
from leafgraft.study.context import StudyContext
from leafgraft.study.earlier_run import take_up
from leafgraft.study.page.search_page import RATES, TUNING, read_rates, write_search_page
from leafgraft.study.photo_set import Looking
from leafgraft.study.progress_log import ProgressLog
from leafgraft.study.steps.preflight import check_networks
from leafgraft.study.steps.prepare import begin, open_context, open_folder
from leafgraft.study.steps.tuning import tune_study
from leafgraft.training.launch import check_launch, choose_device
from leafgraft.training.search.lr_finder import find_rate


@dataclass(frozen=True, slots=True)
class TuneResults:
    """What `tune` hands back.

    Attributes:
        folder: The study folder.
        page: Page with the curves.
        searches: What tuning.json holds.
        rates: What rates.json holds.
    """

    folder: Path
    page: Path
    searches: tuple[dict[str, Any], ...] = ()
    rates: tuple[dict[str, Any], ...] = ()


def tune(
    photos: str | Path,
    *,
    out: str | Path | None = None,
    jobs: int = 0,
    device: str = "auto",
    engine: str | Launch = "local",
    progress: Progress | None = None,
) -> TuneResults:
    """Search the settings that a study file asks to, on validation photos alone; a later run takes them up.

    Args:
        photos: A study file with a `tune:` block.
        out: Study folder to fill; ``results/NAME`` by default.
        jobs: Settings tried at a time, each in a process of its own; 0 and 1 try one after the other.
        device: auto, cpu, cuda or mps.
        engine: ``local``, ``ray``, or all that is known of where trials run.
        progress: Shows how far it is.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    photos = os.fspath(photos)
    study, launch = open_study(photos), Launch.of(engine, jobs)
    if not study.tuned:
        raise StudyFileError(
            f"'{photos}' must say what to search.",
            "No block of recipes has 'tune:'.",
            "Write for instance 'tune: {learning_rate: {log: [1e-5, 1e-2]}}' in a block; see docs/how-to/tuning.md.",
        )
    check_launch(launch, choose_device(device))
    with _opened(photos, study, out, Looking(_cache(), progress or Silent(), jobs), device) as context:
        tune_study(context, launch)
        page = write_search_page(context.folder, study.name)
        searches = tuple(context.folder.read_json(TUNING)["searches"])
    return TuneResults(context.folder.path, page, searches=searches)


def find_rates(
    photos: str | Path,
    *,
    out: str | Path | None = None,
    jobs: int = 0,
    device: str = "auto",
    progress: Progress | None = None,
) -> TuneResults:
    """Draw the loss of every recipe over ever higher learning rates, on training photos.

    Args:
        photos: A study file, or photos as for `run`.
        out: Study folder to fill; ``results/NAME`` by default.
        jobs: Threads for reading photos; 0 takes every core.
        device: auto, cpu, cuda or mps.
        progress: Shows how far it is.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    photos = os.fspath(photos)
    asked = open_study(photos)
    study, preset = open_study_again(photos, asked, open_folder(asked, out, photos))
    if not study.tuned and all(recipe.solved for recipe in study.recipes):
        raise StudyFileError(
            f"'{photos}' must have a recipe with a learning rate.",
            "Every one is a probe: its head is solved for.",
            "Add a recipe that is trained, such as strategy: frozen.",
        )
    looking = Looking(_cache(), progress or Silent(), jobs)
    with _opened(photos, study, out, looking, device, preset) as context:
        rates = []
        for recipe in {one.identity: one for one in context.recipes}.values():
            if recipe.solved:
                context.progress.say(f"{recipe.name} has no rate to find: its head is solved for.")
                continue
            trial = Trial(recipe, study.training, study.training.seeds[0], 0)
            found = find_rate(trial, context.inputs_of(trial), context.progress)
            rates.append({"identity": recipe.identity, "learning_rate": recipe.learning_rate, **found})
        context.folder.write_json(RATES, {"rates": rates})
        page = write_search_page(context.folder, study.name)
        named = tuple(read_rates(context.folder))
    return TuneResults(context.folder.path, page, rates=named)


def _cache() -> CacheFolder:
    return CacheFolder(default_cache_path())


@contextmanager
def _opened(
    photos: str, study: Study, out: str | Path | None, looking: Looking, device: str, preset: str = ""
) -> Iterator[StudyContext]:
    """Hold the study folder with its photos looked at and divided."""
    recipes, place = check_study(study), choose_device(device)
    folder = open_folder(study, out, photos)
    open_photos(study)
    with folder.lock(named_by_out=True):
        take_up(folder, looking.progress)
        progress_log = ProgressLog(looking.progress, folder)
        progress_log.enter("photos")
        check_networks(recipes, study.training.epochs, progress_log)
        looking = replace(looking, progress=progress_log, side=recipes[0].image_size)
        context = open_context(study, recipes, folder, looking, place)
        begin(context, photos, preset)
        progress_log.enter("tuning")
        yield context
        progress_log.enter("")
