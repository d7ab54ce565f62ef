"""Folders to choose photos from, and what is in the chosen one."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leafgraft.data.read.source import open_source
from leafgraft.errors import LeafgraftError
from leafgraft.storage.study_file import study_for_photos
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.limits import Refusal
from leafgraft.web.opening.asked import changed_s, is_study, read_asked

MOST_FOLDERS = 1000  # that are listed of one
RESULTS = Path("results")  # as `leafgraft run` has it


def list_folder(given: str) -> dict[str, Any]:
    """A folder with those above it and those in it.

    Raises:
        Refusal: It is not there, is none, or may not be read.
    """
    path = to_path(given)
    with reading(path):
        if not path.is_dir():
            what = "is a file, not a folder" if path.exists() else "does not exist"
            raise Refusal(404, "no folder", f"'{path}' {what}.")
        with os.scandir(path) as entries:
            found = [one.name for one in entries if not one.name.startswith(".") and one.is_dir()]
        study = is_study(path)
    names = sorted(filter(_can_be_shown, found), key=str.casefold)
    folders = [{"name": name, "path": str(path / name)} for name in names[:MOST_FOLDERS]]
    above = [{"name": one.name or str(one), "path": str(one)} for one in (*reversed(path.parents), path)]
    left_out = len(found) - len(folders)
    return {"path": str(path), "above": above, "folders": folders, "left_out": left_out, "study": study}


def look_at(given: str) -> dict[str, Any]:
    """What photos there are, by class, and where their study would go.

    Raises:
        Refusal: They are no photos that can be used.
    """
    path = to_path(given)
    try:
        source = open_source(str(path))
    except LeafgraftError as error:
        raise Refusal(422, "no photos", f"{error.asked} {error.found} {error.mend}") from error
    counts = Counter(file.label for file in source.files)
    with reading(path):
        study = _free_folder(path)
        begun = is_study(study)
    return {"path": str(path), "classes": dict(sorted(counts.items())), "study": str(study), "begun": begun}


def recent_studies() -> list[dict[str, Any]]:
    """The studies of the folder for results, the last one first."""
    try:
        found = list(RESULTS.absolute().iterdir())
    except OSError:
        return []
    last = sorted(filter(is_readable_study, found), key=changed_s, reverse=True)[:12]
    return [{"name": path.name, **state_of(StudyFolder(path))} for path in last]


def is_readable_study(path: Path) -> bool:
    """Whether this is a study that may be looked into; one of another user is not, and hides no other."""
    try:
        return path.is_dir() and is_study(path)
    except OSError:
        return False


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Look at a path that a person named.

    Raises:
        Refusal: The system does not let it be looked at: it is below a folder of another user, or its name too long.
    """
    try:
        yield
    except OSError as error:
        path = error.filename or path
        raise Refusal(403, "not readable", f"'{path}' cannot be read: {error.strerror or error}.") from error


def state_of(folder: StudyFolder) -> dict[str, Any]:
    """Whether it is under way, or has come to its end."""
    return {"path": str(folder.path), "running": folder.holder() is not None, "done": folder.has("verdict.json")}


def to_path(given: str) -> Path:
    """What a person typed, as a whole path; relative ones begin at home. Blanks around it are let be if it is there so.

    Raises:
        Refusal: It is empty, or no path can be so.
    """
    if not given.strip():
        raise Refusal(422, "no folder", "No folder is named.")
    try:
        typed, plain = (Path(os.path.normpath(Path.home() / Path(one).expanduser())) for one in (given, given.strip()))
    except (RuntimeError, ValueError) as error:
        raise Refusal(422, "no folder", f"'{given}' cannot be a path: {error}.") from error
    return typed if os.path.lexists(typed) else plain


def _can_be_shown(name: str) -> bool:
    return not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in name)  # control; what is no UTF-8


def _free_folder(photos: Path) -> Path:
    """Where `leafgraft run` puts these photos' study; elsewhere if that is of other photos or among these."""
    first = RESULTS.absolute() / study_for_photos(str(photos)).name
    if first.is_relative_to(photos):
        first = photos.with_name(f"{first.name}-results")
    return next(one for one in _named_like(first) if _may_take(one, photos))


def _named_like(path: Path) -> Iterator[Path]:
    yield path
    number = 2
    while True:
        yield path.with_name(f"{path.name}-{number}")
        number += 1


def _may_take(folder: Path, photos: Path) -> bool:
    return not folder.exists() or read_asked(StudyFolder(folder)).photos == str(photos)
