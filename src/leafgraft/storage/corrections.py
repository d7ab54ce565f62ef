"""corrections.csv: what people correct of the photos of a study, ``path,label,group,action``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from leafgraft.errors import LabelsError
from leafgraft.records.correction import ACTIONS, OF_PAIRS, RELABEL, Correction
from leafgraft.records.display import did_you_mean
from leafgraft.storage.files.atomic import write_text
from leafgraft.storage.files.event_log import EventLog
from leafgraft.storage.files.table_file import Table, columns_of, csv_text, read_own_table, read_table

COLUMNS = ("path", "label", "group", "action", "labeller", "time", "note")
NEEDED = ("path", "action")
OWN = "corrections.csv"  # in the folder of a study
FURTHER = tuple(name for name in COLUMNS if name not in NEEDED)


def read_corrections(path: Path) -> tuple[Correction, ...]:
    """Read a file of corrections from any spreadsheet; columns of other names are passed over.

    Raises:
        LabelsError: It cannot be read, lacks a column, or a line cannot be used as it is.
    """
    return _from_table(path, read_table(path, NEEDED, LabelsError))


def read_own_corrections(path: Path) -> tuple[Correction, ...]:
    """Read a file that is to be written again; one that is not there yet holds no corrections.

    Raises:
        LabelsError: As `read_corrections` does, and where it has other columns, which would be lost.
    """
    table = read_own_table(path, NEEDED, COLUMNS, LabelsError)
    return () if table is None else _from_table(path, table)


def corrections_taken(study_dir: Path, named: str) -> str:
    """File of corrections that a study takes: the one that it names, or its own where that was in a folder now gone.

    Paths are absolute: those into the folder of a study lead nowhere once it was moved. A file of another name, or in
    a folder in which its log says that it never lay, is none of those: it is asked for as it was named.
    """
    own, name = study_dir / OWN, re.split(r"[\\/]", named)[-1]
    if name != OWN or not own.is_file() or Path(named).is_file():
        return named
    lay = {event.get("folder") for event in EventLog(study_dir / "log.jsonl").events()} - {None}
    return named if lay and named[: -len(name) - 1] not in lay else str(own)


def write_corrections(path: Path, corrections: Sequence[Correction]) -> None:
    """Write a file of corrections atomically, as UTF-8.

    Raises:
        StudyFolderError: The disk is full, or the folder cannot be written.
    """
    write_text(path, csv_text(COLUMNS, [[getattr(one, name) for name in COLUMNS] for one in corrections]))


def _from_table(path: Path, table: Table) -> tuple[Correction, ...]:
    columns = columns_of(path, table, NEEDED, FURTHER, LabelsError)
    return tuple(_from_row(path, line, row) for line, row in table.named_rows(columns))


def _from_row(path: Path, line: int, row: dict[str, str]) -> Correction:
    where = f"Line {line} of '{path}' must"
    action = row["action"].strip().casefold()
    if not row["path"]:
        raise LabelsError(f"{where} name a photo.", "Its path is empty.", "Fill it, or delete the line.")
    if action not in ACTIONS:
        found = f"It is '{row['action']}'." if action else "It is empty."
        mend = did_you_mean(action, ACTIONS, "Mend it, or delete the line.")
        raise LabelsError(f"{where} have an action: {', '.join(ACTIONS)}.", found, mend)
    if action == RELABEL and not row.get("label"):
        raise LabelsError(f"{where} say the right class.", "Its label is empty.", "Fill it, or write another action.")
    if action in OF_PAIRS and row.get("group", "") in {"", row["path"]}:
        found = "Its group names the photo itself." if row.get("group") else "Its group is empty."
        mend = f"Write the path of the second photo into the column group; {action} is said of two."
        raise LabelsError(f"{where} name the other photo of the pair in the column group.", found, mend)
    plain = {name: unicodedata.normalize("NFC", value) for name, value in row.items()}
    return Correction(**{**plain, "action": action}, line=line)
