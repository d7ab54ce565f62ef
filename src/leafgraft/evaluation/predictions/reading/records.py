"""JSON records: an object per photo, as pandas, Ultralytics and timm write them, in one list or line by line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leafgraft.errors import PredictionsError
from leafgraft.storage.files.table_file import Table


def read_records(path: Path) -> list[dict[str, Any]] | None:
    """The records; None where the file holds something else."""
    try:
        records = _records(path.read_text(encoding="utf-8-sig"))
    except (ValueError, TypeError, RecursionError):
        return None
    return records or None


def records_table(path: Path, records: Sequence[Mapping[str, Any]]) -> Table:
    """Records as a table, one row each.

    Args:
        path: File to name in errors.
        records: At least one.

    Raises:
        PredictionsError: The records have not all the same keys.
    """
    header = tuple(records[0])
    for number, one in enumerate(records, 1):
        if differing := set(header) ^ one.keys():
            raise PredictionsError(
                f"Every record of '{path}' must have the same keys.",
                f"Record {number} and the first differ in {', '.join(sorted(differing))}.",
                "Write null where there is no value, or leave the key out of all.",
            )
    rows = [tuple("" if one[name] is None else str(one[name]).strip() for name in header) for one in records]
    return Table(header, tuple(rows), tuple(range(1, len(rows) + 1)), "utf-8", ",")


def _records(text: str) -> list[dict[str, Any]]:
    """Records of a JSON list, or of lines that hold an object each."""
    in_list = text.lstrip().startswith("[")
    found = json.loads(text) if in_list else [json.loads(line) for line in text.splitlines() if line.strip()]
    if not all(isinstance(one, dict) for one in found) or (not in_list and len(found) < 2):  # one object holds them all
        raise TypeError
    return found
