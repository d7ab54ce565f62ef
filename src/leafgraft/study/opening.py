"""The first stages of every command that trains: check the study file, look at the photos, divide them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from leafgraft.data.manifest import manifest_text
from leafgraft.records.recipe import Recipe
from leafgraft.records.study import Study
from leafgraft.storage.study_file import load_study, resolved_text, study_for_photos
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.bench import Bench
from leafgraft.study.photos import Looking, divide, look, look_at_second_folders
from leafgraft.study.preflight import check_ensembles, check_losses, check_tuning
from leafgraft.study.trials import planned_recipes, resolve_recipes

STUDY_SUFFIXES = (".yaml", ".yml")


def open_study(photos: str) -> Study:
    """Load a study file, or apply the quick study to bare photos."""
    if Path(photos).suffix.lower() in STUDY_SUFFIXES:
        return load_study(Path(photos))
    return study_for_photos(photos)


def check_study(study: Study) -> tuple[Recipe, ...]:
    """Check all that can be checked without photos; every recipe, resolved and named.

    Raises:
        MenuError: A choice is not on its menu, or a setting is out of range.
        StudyFileError: An ensemble or a search cannot be as it is written.
    """
    check_tuning(study)
    recipes = planned_recipes(study)
    check_ensembles(study, recipes)
    return recipes


def open_bench(study: Study, recipes: tuple[Recipe, ...], folder: StudyFolder, looking: Looking, device: str) -> Bench:
    """Look at all photos and divide them; what is known then to fail is said.

    Raises:
        LeafgraftError: The photos cannot be used, or a loss does not fit their classes.
    """
    home = look(study.photos, looking, study.exclude, study.groups)
    check_losses(recipes, home.manifest)
    second = look_at_second_folders(study, home.manifest, looking)
    splits = divide(home.manifest, study.split, folder)
    return Bench(study, recipes, home, second, splits, folder, looking, device)


def begin(bench: Bench, photos: str) -> None:
    """Write the study as given and with all defaults, those of the menus too, and its photos."""
    folder, given = bench.folder, Path(photos)
    resolved = resolved_text(replace(bench.study, recipes=resolve_recipes(bench.study)))
    is_file = given.suffix.lower() in STUDY_SUFFIXES
    folder.write_text("study.yaml", given.read_text(encoding="utf-8") if is_file else resolved)
    folder.write_text("resolved.yaml", resolved)
    folder.write_text("manifest.csv", manifest_text(bench.home.manifest))
    run = {"name": bench.study.name, "photos": bench.study.photos, "root": bench.home.manifest.root}
    folder.write_json("run.json", {**run, "date": time.strftime("%Y-%m-%d %H:%M")})
