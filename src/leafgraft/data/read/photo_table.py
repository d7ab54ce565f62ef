"""Photos that a CSV lists: ``path,label[,group][,split][,place]``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from leafgraft.data.read.listing import Source, SourceFile, split_of
from leafgraft.data.read.spelling import ONE_FOR_BOTH, TWO_LEAVES, Disk, composed, of_several, spelled_twice
from leafgraft.errors import PhotosError
from leafgraft.records.display import counted
from leafgraft.records.photo import Respelled, as_given
from leafgraft.storage.files.table_file import (
    DASHES,
    FAILED,
    LOST_MEND,
    columns_of,
    given,
    groups_of,
    lost_by_spreadsheet,
    read_table,
)

COLUMNS = ("path", "label", "group", "split", "place")
_SCORE, _NEGATIVE = re.compile(r"[+±]+"), ("-", "–")  # of scores as -, ± and ++ the first is a class


def read_photo_table(path: Path) -> Source:
    """List the photos of a CSV; its paths are relative to its own folder.

    Those of a link are relative to the folder of its file, or to that of the link, where none of them is in the first.

    Raises:
        PhotosError: It cannot be read, a row cannot be used as it is, or only some photos have a split or a place.
    """
    table = read_table(path, COLUMNS[:2], PhotosError)
    columns = columns_of(path, table, COLUMNS[:2], COLUMNS[2:], PhotosError)
    files, respelled, lines, numbers = [], [], dict[str, tuple[int, str]](), dict[float, tuple[int, str]]()
    rows = [{name: values[at] for name, at in columns.items()} for values in table.rows]
    scores = any(_SCORE.fullmatch(row["label"]) for row in rows)
    root = _folder_of(path, [row["path"] for row in rows])
    disk = Disk(root)
    for line, row, group in zip(table.numbers, rows, groups_of([row.get("group", "") for row in rows]), strict=True):
        file = _from_row(path, line, row | {"group": group}, scores=scores)
        found = disk.find(file.path)
        if composed(found) != composed(Path(file.path).as_posix()):
            respelled.append(Respelled(file.path, found))
        _check_number(path, line, file.label, numbers)
        before, label = lines.setdefault(disk.place(found), (line, file.label))
        if before != line and label == file.label:
            raise _at(path, line, "must name each photo once", f"It names '{file.path}', as line {before} does.")
        files.append(replace(file, path=found))
    if not files:
        raise PhotosError(f"'{path}' must list photos.", "It has no rows.", "Add one row per photo.")
    if (given := sum(bool(file.split) for file in files)) not in {0, len(files)}:
        raise PhotosError(
            f"'{path}' must give a split for every photo or for none.",
            f"{given} of {len(files)} rows have one.",
            "Fill the column, or leave it empty everywhere.",
        )
    _check_places(path, table.numbers, files)
    groups = [one.group for one in files]
    for line, group in zip(table.numbers, groups, strict=True):
        if why := lost_by_spreadsheet(group):
            raise _at(path, line, "must have its group as it was given", f"It is '{group}': {why}.", LOST_MEND)
    if several := of_several(groups):
        found = f"It is '{groups[several[0]]}'; '{several[1]}' is a group of its own."
        raise _at(path, table.numbers[several[0]], "must have one group", found, ONE_FOR_BOTH)
    _check_spelling(path, table.numbers, groups, "must write its group as the others do", TWO_LEAVES)
    in_order = tuple(sorted(files, key=lambda file: file.path))
    unused = tuple(name for at, name in enumerate(table.header) if name and at not in columns.values())
    told = next((name for file in files for name in (file.label, file.path) if not name.isascii()), "")
    guessed = (table.guessed, told) if table.guessed and told else ()
    return Source(root, in_order, respelled=tuple(respelled), unused=unused, guessed=guessed)


def _folder_of(path: Path, photos: Sequence[str]) -> Path:
    own = path.resolve().parent
    disk = Disk(own)
    if not path.is_symlink() or any(os.path.lexists(own / disk.find(one)) for one in photos if one):
        return own
    return path.absolute().parent.resolve()


def _from_row(path: Path, line: int, row: Mapping[str, str], *, scores: bool) -> SourceFile:
    name, label, split = row["path"], composed(row["label"]), row.get("split", "")
    if not name or not label:
        raise PhotosError(f"Every row of '{path}' must have a path and a label.", f"Line {line} lacks one.", "Fill it.")
    unsaid = DASHES.fullmatch(label) and not (scores and label in _NEGATIVE)
    if not given(label) or unsaid or FAILED.fullmatch(label):
        mend = "Fill it, or delete the line; a class of that name needs another one."
        raise _at(
            path, line, "must have a label", f"It is '{label}', which tables write where a value is missing.", mend
        )
    if split and not split_of(split):
        raise PhotosError(
            f"The split in '{path}', line {line}, must be train, validation or test.",
            f"It is '{split}'.",
            "Mend it, or leave the column empty everywhere.",
        )
    place = composed(row.get("place", ""))
    place = "" if DASHES.fullmatch(place) or lost_by_spreadsheet(place) else given(place)
    return SourceFile(name, label, as_given(composed(row.get("group", ""))), split_of(split), place)


def _check_places(path: Path, lines: Sequence[int], files: Sequence[SourceFile]) -> None:
    """Every row has a place, or none has, and each place is written in one way.

    Raises:
        PhotosError: Only some have, or one is written in two ways.
    """
    lacking = [line for line, file in zip(lines, files, strict=True) if not file.place]
    if lacking and len(lacking) < len(files):
        what = counted(len(files) - len(lacking), "other row has", "other rows have")
        found = f"It has none; {what} one."
        mend = "Fill the column, or leave it empty everywhere."
        raise _at(path, lacking[0], "must name the place of its photo", found, mend)
    _check_spelling(path, lines, [file.place for file in files], "must write its place as the others do")


def _check_spelling(
    path: Path, lines: Sequence[int], names: Sequence[str], must: str, mend: str = "Write both in one way."
) -> None:
    """Each name is written in one way.

    Raises:
        PhotosError: One is written in two.
    """
    if twice := spelled_twice(names):
        (before, spelling), (line, name) = ((lines[at], names[at]) for at in twice)
        found = (
            f"It is '{name}'; line {before} has '{spelling}', the same but for case, blanks, leading zeros, or letters "
            "that look alike or are invisible."
        )
        raise _at(path, line, must, found, mend)


def _check_number(path: Path, line: int, label: str, seen: dict[float, tuple[int, str]]) -> None:
    """Labels that are one number are written in one way: a table that turned 0 into 0.0 would make two classes.

    Raises:
        PhotosError: This one is written in another way than before.
    """
    try:
        number = float(label.replace("_", "?"))  # 1_1 is a name, not 11
    except ValueError:
        return
    before, spelling = seen.setdefault(number, (line, label))
    if spelling != label:
        found = f"It is '{label}'; line {before} has '{spelling}', the same number."
        raise _at(path, line, "must write its label as the others do", found, "Write both in one way.")


def _at(path: Path, line: int, must: str, found: str, mend: str = "Delete one of the two lines.") -> PhotosError:
    return PhotosError(f"Line {line} of '{path}' {must}.", found, mend)
