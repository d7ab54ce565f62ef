"""What a command is asked for: a study file or photos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from leafgraft.data.read.source import open_photos, open_source
from leafgraft.data.read.spelling import as_meant
from leafgraft.records.recipe import Recipe
from leafgraft.records.study import PRESETS, Study, check_preset, is_study_file
from leafgraft.storage.corrections import corrections_taken
from leafgraft.storage.study_file import load_study, study_for_photos
from leafgraft.study.told import told_of

if TYPE_CHECKING:
    from leafgraft.storage.study_folder import StudyFolder  # brings numpy, which a faulty file need not wait for


def open_study(photos: str, corrections: str | Path | None = None, preset: str = "") -> Study:
    """Load a study file, or apply a preset to bare photos.

    Args:
        photos: A study file, or photos: a folder of class folders, a CSV, ``kaggle:OWNER/NAME``.
        corrections: File of what people corrected of the photos; goes before the one that the study file names.
        preset: Study of bare photos, ``minutes`` (if empty), ``hour`` or ``overnight``.

    Raises:
        UsageError: There is no such preset, or it is given with a study file.
        StudyFileError: The study file is not there, or malformed.
    """
    check_preset(photos, preset)
    study = load_study(as_meant(photos)) if is_study_file(photos) else study_for_photos(photos, preset or PRESETS[0])
    return replace(study, corrections=str(as_meant(corrections).absolute())) if corrections else study


def open_study_again(photos: str, study: Study, folder: StudyFolder) -> tuple[Study, str]:
    """What is asked for, and its preset; of bare photos that were run before, that run's preset and corrections.

    Args:
        photos: A study file, or photos.
        study: Study as `open_study` opens it.
        folder: Folder for the results of this study.
    """
    if is_study_file(photos) or not folder.has("run.json"):
        return study, ""
    run = folder.read_json("run.json")
    preset = run.get("preset", PRESETS[0])
    corrections = corrections_taken(folder.path, load_study(folder.file("resolved.yaml")).corrections)
    return open_study(photos, corrections, preset), preset


def check_study(study: Study) -> tuple[Recipe, ...]:
    """Check all that can be checked without photos; every recipe, resolved and named.

    Raises:
        MenuError: A choice is not on its menu, or a setting is out of range.
        PhotosError: A file of groups or corrections is not there.
        StudyFileError: An ensemble or a search cannot be as it is written.
    """
    from leafgraft.study.steps.preflight import check_ensembles, check_tuning  # noqa: PLC0415 - as below
    from leafgraft.study.trial_list import planned_recipes  # noqa: PLC0415 - a fault of YAML is said without the menus

    told_of(study).check()
    check_tuning(study)
    recipes = planned_recipes(study)
    check_ensembles(study, recipes)
    return recipes


def check_named(photos: str) -> None:
    """Check a study file, or photos, and that all folders it names are there.

    Raises:
        LeafgraftError: They cannot be used.
    """
    study = open_study(photos)
    check_study(study)
    open_photos(study)
    for second in study.also_test.values():
        open_source(second)
