"""What `leafgraft predict` writes, as a table of probabilities: a declined photo counts by its likeliest class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from leafgraft.errors import PredictionsError
from leafgraft.records.display import counted
from leafgraft.storage.files.table_file import Table

FIRST = ("path", "answer", "declined", "set", "distance")  # columns; behind them the classes, then
AFTER = "bundle"
UNREADABLE = "unreadable"


def is_of_bundle(names: Sequence[str]) -> bool:
    """Whether these are the columns of ``--csv``."""
    return tuple(names[: len(FIRST)]) == FIRST and AFTER in names


def classes_of_bundle(path: Path, table: Table) -> Table:
    """The table of ``--csv``, with the photos and the classes alone.

    Args:
        path: To name in errors.
        table: Of these columns.

    Raises:
        PredictionsError: Photos were declined: the table has no probabilities of these.
    """
    declined = sum(1 for row in table.rows if row[FIRST.index("declined")])
    if declined:
        raise PredictionsError(
            f"'{path}' must have the probabilities of every photo.",
            f"It was written by 'leafgraft predict --csv', which leaves out those of declined photos: {declined:,} of "
            f"{len(table.rows):,}.",
            "Compare what 'leafgraft predict --json' prints: it has them all.",
        )
    last = len(table.header) - 1 - table.header[::-1].index(AFTER)
    kept = (0, *range(len(FIRST), last))
    header, *rows = (tuple(row[at] for at in kept) for row in (table.header, *table.rows))
    return replace(table, header=header, rows=tuple(rows))


def records_of_bundle(path: Path, records: Sequence[Mapping[str, Any]]) -> tuple[Table, tuple[str, ...]] | None:
    """What ``--json`` prints as a table of probabilities, and how many photos were declined; None for other records.

    Args:
        path: To name in what is said.
        records: One per photo.
    """
    if not all({"path", "declined", "probabilities"} <= one.keys() for one in records):
        return None
    read = [one for one in records if one["declined"] != UNREADABLE]
    classes = tuple(read[0]["probabilities"]) if read else ()
    rows = tuple((str(one["path"]), *(str(one["probabilities"][name]) for name in classes)) for one in read)
    notes = []
    if declined := sum(1 for one in read if one["declined"]):
        what = counted(declined, "declined photo counts", "declined photos count")
        notes.append(f"'{path}': {what} by the likeliest class.")
    if lost := len(records) - len(read):
        notes.append(f"'{path}': {counted(lost, 'photo')} left out that could not be read.")
    return Table(("path", *classes), rows, tuple(range(1, len(rows) + 1)), "utf-8", ","), tuple(notes)
