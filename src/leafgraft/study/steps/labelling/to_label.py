"""Which photos a person is asked to label: those of a table of picks, or all of a folder."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from leafgraft.data.decode.photo import UnreadableError, load_photo, open_photo, read_photo_file
from leafgraft.data.read.folder import photos_and_sheets
from leafgraft.data.read.folder_tree import Tree
from leafgraft.data.read.spelling import Disk, composed, taken_for
from leafgraft.errors import LabelsError, PhotosError, UsageError
from leafgraft.records.display import counted
from leafgraft.records.field_labels import CANNOT_TELL, NONE_OF_THESE, PhotoToLabel
from leafgraft.records.photo import Unreadable
from leafgraft.records.progress import Progress
from leafgraft.storage.field_labels import WRITTEN, place_of
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.files.table_file import number_of, read_table

PATH = "path"
SMALL = (64, 64)  # to which a JPEG is decoded, to see whether it is whole


@dataclass(frozen=True, slots=True)
class Asked:
    """Photos that a person named, with what is known of them.

    Attributes:
        photos: In the order in which they are to be shown.
        classes: That there are to choose from; may be empty.
        study: Folder of the study that they were picked for, or empty.
        left_out: Files that are not shown, and why.
    """

    photos: tuple[PhotoToLabel, ...]
    classes: tuple[str, ...] = ()
    study: str = ""
    left_out: tuple[Unreadable, ...] = ()


def read_picks(path: Path, labels: Path, progress: Progress) -> Asked:
    """The photos of a table ``path[,order][,suggested][,probability]``; other columns are passed over.

    A `picks.json` beside a `picks.csv` names classes and study; else the suggestions are the classes.

    Args:
        path: The table.
        labels: The file that answers are written to.
        progress: Told of photos that stand twice in the table, and of those that are found by the end of their path.

    Raises:
        LabelsError: The table cannot be read, or a line cannot be used.
    """
    table = read_table(path, (PATH,), LabelsError)
    names = [name.casefold() for name in table.header]
    if PATH not in names:
        columns = f"Its columns are {', '.join(table.header) or 'none'}."
        raise LabelsError(f"'{path}' must have the column path.", columns, "Name it in the first line.")
    if {*WRITTEN} <= {*names}:
        mend = "Name the picks, and this file with --out, to go on with it."
        raise LabelsError(f"'{path}' must be a table of picks.", "It is a file of labels.", mend)
    rows = [dict(zip(names, values, strict=True)) for values in table.rows]
    here = Disk(path.parent).find_each(row[PATH] for row in rows if row[PATH])
    found: dict[str, tuple[float, PhotoToLabel]] = {}
    for line, row in zip(table.numbers, rows, strict=True):
        if not row[PATH]:
            raise LabelsError(f"Every line of '{path}' must have a path.", f"Line {line} lacks it.", "Fill it.")
        order = _number(path, line, "order", row.get("order", ""), table.delimiter)
        share = _number(path, line, "probability", row.get("probability", ""), table.delimiter)
        name = _called(path.parent.absolute() / row[PATH], labels)
        photo = PhotoToLabel(path.parent / here[row[PATH]], name, composed(row.get("suggested", "")), share)
        found.setdefault(place_of(row[PATH], path.parent), (float(line) if order is None else order, photo))
    for said in taken_for(here):
        progress.say(said)
    if twice := len(table.rows) - len(found):
        progress.say(f"{counted(twice, 'line')} of '{path}' named a photo again; each photo is shown once.")
    photos = tuple(photo for _, photo in sorted(found.values(), key=lambda one: one[0]))
    classes, study = _beside(path.with_suffix(".json"))
    return Asked(photos, classes or tuple(sorted({one.suggested for one in photos if one.suggested})), study)


def read_folder_to_label(folder: Path, labels: Path) -> Asked:
    """All photos in a folder and below, by path; the contact sheet of picks that lie there is none."""
    tree = Tree(folder)
    photos, _ = photos_and_sheets(tree)
    asked = tuple(PhotoToLabel(file, _called(file.absolute(), labels)) for file in sorted(photos))
    return Asked(asked, left_out=(*tree.skipped,))


def without_unreadable(asked: Asked, progress: Progress) -> tuple[tuple[PhotoToLabel, ...], tuple[Unreadable, ...]]:
    """The photos that can be shown, and the files that cannot.

    Raises:
        PhotosError: None can be shown.
    """
    kept, left_out = [], list(asked.left_out)
    with progress.task("Look at photos", len(asked.photos)) as advance, ThreadPoolExecutor(os.cpu_count()) as threads:
        for photo, fault in zip(asked.photos, threads.map(_fault, asked.photos), strict=True):
            if fault is None:
                kept.append(photo)
            else:
                left_out.append(Unreadable(photo.path, fault.reason, fault.mend))
            advance(1)
    if not kept:
        found = f"{counted(len(left_out), 'file')} cannot be shown" if left_out else "There is none"
        first = f"; {left_out[0].path}: {left_out[0].reason}" if left_out else ""
        raise PhotosError("There must be a photo to label.", f"{found}{first}.", "Name a folder or table with photos.")
    return tuple(kept), tuple(left_out)


def check_classes(given: str, known: Sequence[str], source: Path) -> tuple[str, ...]:
    """The classes to choose from: those given, or those known of the photos.

    Args:
        given: What stands behind ``--classes``: names with commas between them, those that hold one in double quotes.
        known: By the table of picks.
        source: What was named to label.

    Raises:
        UsageError: There are fewer than two, or two that are one.
    """
    names = [composed(" ".join(name.split())) for name in next(csv.reader([given], skipinitialspace=True), [])]
    classes = tuple(name for name in names if name) or tuple(known)
    asked, mend = "There must be at least 2 classes to choose from.", "Name them: --classes 'Healthy,Late blight'."
    if len(classes) < 2:
        where = "--classes has" if names else f"'{source}' suggests" if source.is_file() else "A folder tells"
        said = f"one, '{classes[0]}'" if classes else "none"
        raise UsageError(asked, f"{where} {said}.", mend)
    reserved = {NONE_OF_THESE, CANNOT_TELL}
    if wrong := [name for name in classes if classes.count(name) > 1 or name.casefold() in reserved]:
        found = f"'{wrong[0]}' is {'an answer of its own' if wrong[0].casefold() in reserved else 'named twice'}."
        raise UsageError("--classes must name each class once.", found, "Leave it out.")
    return classes


def _called(photo: Path, labels: Path) -> str:
    """What the labels file calls a photo: relative to its folder where the photo lies below it, else absolute."""
    path, home = (Path(os.path.normpath(one)) for one in (photo, labels.absolute().parent))
    name = path.relative_to(home).as_posix() if path.is_relative_to(home) else path.as_posix()
    return f"./{name}" if name.startswith(("=", "+", "-", "@")) else name  # no spreadsheet takes it for a formula


def _number(path: Path, line: int, column: str, text: str, delimiter: str) -> float | None:
    try:
        return number_of(text, delimiter) if text else None
    except ValueError:
        found, mend = f"It is '{text}'.", "Mend it, or leave it empty."
        raise LabelsError(f"The {column} in '{path}', line {line}, must be a number.", found, mend) from None


def _beside(path: Path) -> tuple[tuple[str, ...], str]:
    """Classes and study that the file beside a table of picks names."""
    if not path.is_file():
        return (), ""
    known = read_json_file(path)
    classes, study = known.get("classes", []), known.get("study", "")
    if not isinstance(classes, list) or not isinstance(study, str):
        found = "'classes' is no list, or 'study' is no text."
        raise LabelsError(f"'{path}' must say which classes there are.", found, "Delete it, and name --classes.")
    return tuple(composed(str(name)) for name in classes), study


def _fault(photo: PhotoToLabel) -> UnreadableError | None:
    """Why a photo cannot be shown, if so."""
    try:
        with open_photo(read_photo_file(photo.file)) as image:
            image.draft("RGB", SMALL)
            load_photo(image)
    except UnreadableError as error:
        return error
    return None
