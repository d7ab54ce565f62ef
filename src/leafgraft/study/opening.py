"""The first stages of every command that trains: check the study file, look at the photos, divide them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from leafgraft.choices.menu import without_effect
from leafgraft.data.manifest import manifest_text
from leafgraft.records.recipe import Recipe
from leafgraft.records.study import Study
from leafgraft.storage.study_file import resolved_text
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.bench import Bench
from leafgraft.study.paths import STUDY_SUFFIXES
from leafgraft.study.photos import Looking, divide, look, look_at_second_folders
from leafgraft.study.preflight import check_classes, check_losses
from leafgraft.study.trials import resolve_recipes


def open_bench(study: Study, recipes: tuple[Recipe, ...], folder: StudyFolder, looking: Looking, device: str) -> Bench:
    """Look at all photos and divide them; what is known then to fail is said.

    Raises:
        LeafgraftError: The photos cannot be used, or a loss does not fit their classes.
    """
    home = look(study.photos, looking, study.exclude, study.groups, study.group_name)
    check_classes(home.manifest)
    check_losses(recipes, home.manifest)
    if words := dict.fromkeys(word for recipe in study.recipes for word in without_effect(recipe)):
        without = f"these have no effect on it: {', '.join(words)}."
        looking.progress.say(f"strategy: probe solves for its head on the plain photos, so {without}")
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
