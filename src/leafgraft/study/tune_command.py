"""`leafgraft tune`: search settings, or find rates, on validation and training photos; test photos stay closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leafgraft.data.read.source import open_source
from leafgraft.errors import StudyFileError
from leafgraft.records.launch import Launch
from leafgraft.records.progress import Progress, Silent
from leafgraft.records.recipe import Trial
from leafgraft.records.study import Study
from leafgraft.storage.cache_folder import CacheFolder, default_cache_path
from leafgraft.study.bench import Bench
from leafgraft.study.journal import Journal, take_up
from leafgraft.study.opening import begin, open_bench, open_folder
from leafgraft.study.page import RATES, TUNING, read_rates, write_search_page
from leafgraft.study.photos import Looking
from leafgraft.study.preflight import check_networks
from leafgraft.study.request import check_study, open_study
from leafgraft.study.tuning import tune_bench
from leafgraft.training.launch import check_launch, choose_device
from leafgraft.training.rate import find_rate


@dataclass(frozen=True, slots=True)
class Tuning:
    """What `tune` hands back.

    Attributes:
        folder: The study folder.
        page: With the curves.
        searches: As in tuning.json.
        rates: As in rates.json.
    """

    folder: Path
    page: Path
    searches: tuple[dict[str, Any], ...] = ()
    rates: tuple[dict[str, Any], ...] = ()


def tune(
    photos: str,
    *,
    out: Path | None = None,
    jobs: int = 0,
    device: str = "auto",
    engine: str | Launch = "local",
    progress: Progress | None = None,
) -> Tuning:
    """Search the settings that a study file asks to, on validation photos alone; a later run takes them up.

    Args:
        photos: A study file with a `tune:` block.
        out: Study folder; ``results/NAME`` by default.
        jobs: Settings tried at a time, each in a process of its own; 0 and 1 try one after the other.
        device: auto, cpu, cuda or mps.
        engine: ``local``, ``ray``, or all that is known of where trials run.
        progress: Shows how far it is.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    study, launch = open_study(photos), Launch.of(engine, jobs)
    if not study.tuned:
        raise StudyFileError(
            f"'{photos}' must say what to search.",
            "No block of recipes has 'tune:'.",
            "Write for instance 'tune: {learning_rate: {log: [1e-5, 1e-2]}}' in a block; see docs/how-to/tuning.md.",
        )
    check_launch(launch, choose_device(device))
    with _opened(photos, study, out, Looking(_cache(), progress or Silent(), jobs), device) as bench:
        tune_bench(bench, launch)
        page = write_search_page(bench.folder, study.name)
        searches = tuple(bench.folder.read_json(TUNING)["searches"])
    return Tuning(bench.folder.path, page, searches=searches)


def find_rates(
    photos: str, *, out: Path | None = None, jobs: int = 0, device: str = "auto", progress: Progress | None = None
) -> Tuning:
    """Draw the loss of every recipe over ever higher learning rates, on training photos.

    Args:
        photos: A study file, or photos as for `run`.
        out: Study folder; ``results/NAME`` by default.
        jobs: Threads for reading photos; 0 takes every core.
        device: auto, cpu, cuda or mps.
        progress: Shows how far it is.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    study = open_study(photos)
    if all(recipe.solved for recipe in study.recipes):
        raise StudyFileError(
            f"'{photos}' must have a recipe with a learning rate.",
            "Every one is a probe: its head is solved for.",
            "Add a recipe that is trained, such as strategy: frozen.",
        )
    with _opened(photos, study, out, Looking(_cache(), progress or Silent(), jobs), device) as bench:
        rates = []
        for recipe in bench.recipes:
            if recipe.solved:
                bench.progress.say(f"{recipe.name} has no rate to find: its head is solved for.")
                continue
            trial = Trial(recipe, study.training, study.training.seeds[0], 0)
            found = find_rate(trial, bench.inputs_of(trial), bench.progress)
            rates.append({"identity": recipe.identity, "learning_rate": recipe.learning_rate, **found})
        bench.folder.write_json(RATES, {"rates": rates})
        page = write_search_page(bench.folder, study.name)
        named = tuple(read_rates(bench.folder))
    return Tuning(bench.folder.path, page, rates=named)


def _cache() -> CacheFolder:
    return CacheFolder(default_cache_path())


@contextmanager
def _opened(photos: str, study: Study, out: Path | None, looking: Looking, device: str) -> Iterator[Bench]:
    """Hold the study folder with its photos looked at and divided."""
    recipes, place = check_study(study), choose_device(device)
    folder = open_folder(study, out)
    open_source(study.photos, study.exclude)
    with folder.lock():
        take_up(folder, looking.progress)
        journal = Journal(looking.progress, folder)
        journal.enter("photos")
        check_networks(recipes, journal)
        bench = open_bench(study, recipes, folder, Looking(looking.cache, journal, looking.jobs), place)
        begin(bench, photos)
        journal.enter("tuning")
        yield bench
        journal.enter("")
