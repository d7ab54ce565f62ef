"""Study files: YAML to a study record."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

from leafgraft.errors import PhotosError
from leafgraft.records.study import LONGEST_NAME, PRESETS, Study
from leafgraft.storage.study_syntax.yaml_lines import absolute, read_yaml


def load_study(path: Path) -> Study:
    """Load a study file; relative paths in it are relative to it.

    Raises:
        StudyFileError: It cannot be read, or a key is unknown or holds what it must not.
    """
    file = read_yaml(path)
    from leafgraft.storage.study_syntax.whole_study import study_of  # noqa: PLC0415 - a fault of YAML needs no pydantic

    return study_of(file, _as_name(path.stem))


def study_for_photos(photos: str, preset: str = PRESETS[0]) -> Study:
    """A study that comes with leafgraft, on these photos.

    Raises:
        PhotosError: None are named.
    """
    if not photos:
        raise PhotosError("Photos must be named.", "The name is empty.", "Name their folder; . is this one.")
    with resources.as_file(resources.files("leafgraft") / "studies" / f"{preset}.yaml") as path:
        study = load_study(path)
    if photos.startswith("kaggle:"):
        return replace(study, photos=photos, name=_as_name(photos.rstrip("/").rsplit("/", 1)[-1]))
    path = absolute(Path(), photos, f"Photos must be a path, not {photos!r}.")
    return replace(study, photos=str(path), name=_as_name(path.stem if path.suffix.lower() == ".csv" else path.name))


def _as_name(text: str) -> str:
    """A name for the study's folder, as near to `text` as one may be."""
    return re.sub(r"[/\\:]", "-", "".join(filter(str.isprintable, text)))[:LONGEST_NAME].strip(" .") or "photos"
