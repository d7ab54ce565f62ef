"""What a command is asked for: a study file or photos."""

from __future__ import annotations

from pathlib import Path

from leafgraft.data.read.source import open_source
from leafgraft.records.recipe import Recipe
from leafgraft.records.study import STUDY_SUFFIXES, Study
from leafgraft.storage.study_file import load_study, study_for_photos
from leafgraft.study.steps.preflight import check_ensembles, check_tuning
from leafgraft.study.trial_list import planned_recipes


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


def check_named(photos: str) -> None:
    """Check a study file, or photos, and that all folders it names are there.

    Raises:
        LeafgraftError: They cannot be used.
    """
    study = open_study(photos)
    check_study(study)
    for source, exclude in [(study.photos, study.exclude), *((second, ()) for second in study.also_test.values())]:
        open_source(source, exclude)
