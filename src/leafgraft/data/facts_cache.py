"""Facts of photos seen before, so that a second scan only reads the bytes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from leafgraft.data.facts import FACTS_VERSION, PhotoFacts
from leafgraft.errors import StudyFolderError


def read_facts(path: Path, photo_ids: Sequence[str]) -> dict[str, PhotoFacts]:
    """Facts by photo id, as far as they are known. A damaged file counts as empty and is deleted.

    Raises:
        StudyFolderError: The file is locked, or cannot be opened.
    """
    try:
        with closing(_open(path)) as database:
            found: dict[str, PhotoFacts] = {}
            for start in range(0, len(photo_ids), 500):
                part = photo_ids[start : start + 500]
                marks = ",".join("?" * len(part))
                query = f"SELECT photo_id, facts FROM facts WHERE photo_id IN ({marks})"  # noqa: S608 - marks only
                for photo_id, text in database.execute(query, part):
                    values: dict[str, Any] = json.loads(text)
                    values |= {key: tuple(values[key]) for key in ("border", "colour")}
                    found[photo_id] = PhotoFacts(**values)
            return found
    except sqlite3.OperationalError as error:
        raise _cannot_use(path, error) from error
    except (sqlite3.DatabaseError, ValueError, TypeError, KeyError):
        _versioned(path).unlink(missing_ok=True)
        return {}


def write_facts(path: Path, facts: Iterable[PhotoFacts]) -> None:
    """Add facts.

    Raises:
        StudyFolderError: The file is locked, or the disk is full or read-only.
    """
    rows = [(one.photo_id, json.dumps(asdict(one))) for one in facts]
    try:
        with closing(_open(path)) as database, database:
            database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)
    except sqlite3.OperationalError as error:
        raise _cannot_use(path, error) from error


def _cannot_use(path: Path, error: sqlite3.OperationalError) -> StudyFolderError:
    return StudyFolderError(
        f"'{_versioned(path)}' must be writable: it keeps what was measured of photos.",
        f"The system said: {error}.",
        "Free some space, or name another cache folder in $LEAFGRAFT_CACHE.",
    )


def _versioned(path: Path) -> Path:
    return path.with_name(f"{path.stem}-{FACTS_VERSION}{path.suffix}")


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(_versioned(path), timeout=30)
    database.execute("CREATE TABLE IF NOT EXISTS facts (photo_id TEXT PRIMARY KEY, facts TEXT)")
    return database
