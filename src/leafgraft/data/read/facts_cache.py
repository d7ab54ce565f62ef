"""Facts of photos seen before, so that a second scan only reads the bytes."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

from leafgraft.data.read.facts import FACTS_VERSION, PhotoFacts
from leafgraft.errors import StudyFolderError
from leafgraft.records.display import counted
from leafgraft.storage.files.atomic import cannot_write
from leafgraft.storage.files.checksums import Say, silently

SYSTEM_FAULTS = (
    *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN),
)


def read_facts(path: Path, photo_ids: Sequence[str], say: Say = silently) -> dict[str, PhotoFacts]:
    """Facts by photo id, as far as they are known. Damaged ones are not, which is said.

    Raises:
        StudyFolderError: The file is locked, or cannot be opened.
    """
    try:
        rows = _select(path, photo_ids)
    except sqlite3.Error as error:
        _refuse_or_discard(path, error, say)
        return {}
    found, damaged = {}, 0
    for photo_id, text, crc32 in rows:
        if crc32 == _checksum(photo_id, text):
            found[photo_id.decode()] = _from_json(text)
        else:
            damaged += 1
    if damaged:
        say(f"Facts of {counted(damaged, 'photo')} in '{_versioned(path)}' are damaged, and are measured anew.")
    return found


def _select(path: Path, photo_ids: Sequence[str]) -> list[tuple[bytes, bytes, object]]:
    rows: list[tuple[bytes, bytes, object]] = []
    with closing(_open(path)) as database:
        for start in range(0, len(photo_ids), 500):
            part = photo_ids[start : start + 500]
            marks = ",".join("?" * len(part))
            query = f"SELECT photo_id, facts, crc32 FROM facts WHERE photo_id IN ({marks})"  # noqa: S608 - marks only
            rows += database.execute(query, part).fetchall()
    return rows


def write_facts(path: Path, facts: Iterable[PhotoFacts], say: Say = silently) -> None:
    """Add facts.

    Raises:
        StudyFolderError: The file is locked, or the disk is full or read-only.
    """
    names = [field.name for field in fields(PhotoFacts)]
    texts = [(one.photo_id, json.dumps({name: getattr(one, name) for name in names})) for one in facts]
    rows = [(photo_id, text, _checksum(photo_id.encode(), text.encode())) for photo_id, text in texts]
    try:
        _insert(path, rows)
    except sqlite3.Error as error:
        _refuse_or_discard(path, error, say)
        _insert(path, rows)


def _insert(path: Path, rows: Sequence[tuple[str, str, int]]) -> None:
    with closing(_open(path)) as database, database:
        database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)


def _from_json(text: bytes) -> PhotoFacts:
    values: dict[str, Any] = json.loads(text)
    return PhotoFacts(**values | {key: tuple(values[key]) for key in ("border", "colour")})


def _checksum(photo_id: bytes, text: object) -> int:
    return zlib.crc32(photo_id + text) if isinstance(text, bytes) else -1


def _refuse_or_discard(path: Path, error: sqlite3.Error, say: Say) -> None:
    """Delete a damaged file and the journal that belongs to it.

    Raises:
        StudyFolderError: The system is at fault, not the file: it is locked, or the disk is full or read-only.
    """
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in SYSTEM_FAULTS:
        raise _cannot_use(path, error) from error
    file = _versioned(path)
    say(f"'{file}' in the cache is damaged; all photos are measured anew.")
    try:
        file.unlink(missing_ok=True)
        file.with_name(f"{file.name}-journal").unlink(missing_ok=True)
    except OSError as refusal:
        raise cannot_write(file, refusal) from refusal


def _cannot_use(path: Path, error: sqlite3.Error) -> StudyFolderError:
    return StudyFolderError(
        f"'{_versioned(path)}' must be writable: it keeps what was measured of photos.",
        f"The system said: {error}.",
        "Free some space, or name another cache folder in $LEAFGRAFT_CACHE.",
    )


def _versioned(path: Path) -> Path:
    return path.with_name(f"{path.stem}-{FACTS_VERSION}{path.suffix}")


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(_versioned(path), timeout=30)
    database.text_factory = bytes  # a damaged text is told by its checksum, not by its letters
    database.execute("CREATE TABLE IF NOT EXISTS facts (photo_id TEXT PRIMARY KEY, facts TEXT, crc32 INTEGER)")
    return database
