"""labels.csv: what people say of photos from the field, ``path,label,labeller,time,note[,group][,place]``."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

from leafgraft.errors import LabelsError
from leafgraft.records.field_labels import FieldLabel, Taken
from leafgraft.storage.files.atomic import write_text
from leafgraft.storage.files.table_file import Table, columns_of, csv_text, given, groups_of, read_own_table, read_table

LABELS = "labels.csv"
COLUMNS = tuple(one.name for one in fields(FieldLabel))
NEEDED, WRITTEN = COLUMNS[:2], COLUMNS[:5]


def labels_beside(picks: Path) -> Path:
    """Where labels of picks lie, so that tables of two names share none.

    Those of picks.csv in labels.csv, of picks-NAME.csv, as the page of open calls them, in labels-NAME.csv, of NAME.csv
    in NAME-labels.csv.
    """
    if picks.stem == "picks" or picks.stem.startswith("picks-"):
        return picks.with_name(picks.stem.replace("picks", "labels", 1) + ".csv")
    return picks.with_name(f"{picks.stem}-{LABELS}")


def read_labels(path: Path) -> tuple[FieldLabel, ...]:
    """Read a file of labels from any spreadsheet; only the columns path and label are needed, others are passed over.

    Answers of one labeller to one photo that are equal count once. Different labellers may disagree.

    Raises:
        LabelsError: It cannot be read, lacks a column, a line lacks its path or label, or a labeller gives one photo
            two answers.
    """
    return _from_table(path, read_table(path, NEEDED, LabelsError))


def read_own_labels(path: Path) -> tuple[FieldLabel, ...]:
    """Read a file that is to be written again; one that is not there yet holds no labels.

    Raises:
        LabelsError: As `read_labels` does, and where it has other columns, which would be lost.
    """
    table = read_own_table(path, NEEDED, WRITTEN, LabelsError)
    return () if table is None else _from_table(path, table)


def read_taken(path: Path) -> dict[str, Taken]:
    """By file name what a phone's table of photos without a label, ``path[,group][,place]``, tells of them.

    Raises:
        LabelsError: It is no table.
    """
    table = read_table(path, NEEDED[:1], LabelsError)
    columns = {name: at for at, name in enumerate(table.header) if name in {"path", "group", "place"}}
    rows = (row for _, row in table.named_rows(columns)) if "path" in columns else ()
    return {row["path"].rsplit("/", 1)[-1]: Taken(row.get("group", ""), given(row.get("place", ""))) for row in rows}


def write_labels(path: Path, labels: Sequence[FieldLabel]) -> None:
    """Write a file of labels atomically, as UTF-8; the label page knows neither groups nor places.

    Raises:
        StudyFolderError: The disk is full, or the folder cannot be written.
    """
    write_text(path, csv_text(WRITTEN, [astuple(one)[: len(WRITTEN)] for one in labels]))


def place_of(photo: str, folder: Path) -> str:
    """The one spelling of where a photo lies that a labels file in `folder` names; nothing is looked for on the disk.

    Two paths that differ in ``./``, in being absolute, or in how Hangul is composed have the same.
    """
    return unicodedata.normalize("NFC", os.path.normpath(folder.absolute() / photo))


def _from_table(path: Path, table: Table) -> tuple[FieldLabel, ...]:
    found: dict[tuple[str, str], tuple[int, FieldLabel]] = {}
    columns = columns_of(path, table, NEEDED, COLUMNS[2:], LabelsError)
    rows = list(table.named_rows(columns))
    for (line, row), group in zip(rows, groups_of([row.get("group", "") for _, row in rows]), strict=True):
        one = _from_row(path, line, row | {"group": group})
        before, first = found.setdefault((one.labeller, place_of(one.path, path.parent)), (line, one))
        if first.label != one.label:
            by = f" by '{one.labeller}'" if one.labeller else ""
            raise LabelsError(
                f"'{path}' must give each photo one label{by}.",
                f"Line {before} says '{first.label}' of '{one.path}', line {line} says '{one.label}'.",
                "Delete one of the two lines, or name two labellers in the column 'labeller'.",
            )
    return tuple(one for _, one in found.values())


def _from_row(path: Path, line: int, row: dict[str, str]) -> FieldLabel:
    if missing := [name for name in NEEDED if not row[name]]:
        raise LabelsError(
            f"Every line of '{path}' must have a path and a label.",
            f"Line {line} has no {missing[0]}.",
            "Fill it, or delete the line.",
        )
    label, place = unicodedata.normalize("NFC", row["label"]), given(row.get("place", ""))
    return FieldLabel(**{**row, "label": label, "place": place})
