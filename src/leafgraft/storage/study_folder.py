"""The study folder: the only module that knows its paths.

Nothing here knows what the files mean; stages hand in records and get them back. Writes are atomic. The checksum of
every file is kept, those of a trial in its ``done`` mark, without which it does not count, all others in
checksums.json: what was changed or cut since it was written is named, and made anew by the next run, where a run
made it.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from leafgraft.errors import StudyFolderError
from leafgraft.storage.files.atomic import cannot_write, npz_bytes, to_json, write_bytes, write_json, write_text
from leafgraft.storage.files.checksums import checksum_of, checksum_of_file
from leafgraft.storage.files.event_log import EventLog
from leafgraft.storage.files.folder_lock import Holder, can_be_held, check_free, hold, holder_of
from leafgraft.storage.files.json_file import parse_json, read_file, read_json_file
from leafgraft.storage.files.table_file import csv_text
from leafgraft.storage.trial_folder import TrialFolder

__all__ = ["StudyFolder", "TrialFolder", "csv_text", "is_study_folder", "read_csv", "write_csv"]

SUMS, LOCK = "checksums.json", ".lock"
FIELD = "field/"  # what picks, labels and adaptations left: no run can make it anew


def is_study_folder(path: Path) -> bool:
    """Whether a run filled this folder."""
    return any((path / name).is_file() for name in ("run.json", "log.jsonl", "audit.json"))


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a CSV file atomically."""
    write_text(path, csv_text(columns, rows))


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """A study's results."""

    path: Path

    @property
    def report(self) -> Path:
        """The page."""
        return self.path / "report" / "index.html"

    @property
    def bundle(self) -> Path:
        """What leaves for the field."""
        return self.path / "bundle"

    def file(self, name: str) -> Path:
        """Path of a top-level file such as ``plan.json``."""
        return self.path / name

    def trial(self, key: str) -> TrialFolder:
        """Folder of one trial.

        Raises:
            StudyFolderError: The key leads elsewhere.
        """
        if key in {"", ".", ".."} or set(key) & set("/\\\0"):
            raise StudyFolderError(
                "The key of a trial must be the name of a folder.",
                f"It is {key!r}.",
                "See plan.json for the keys of this study.",
            )
        return TrialFolder(self.path / "trials" / key)

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write a file below the folder, such as ``plan.json`` or ``report/index.html``, and keep its checksum."""
        sums = self._sums()
        new = checksum_of(content)
        if sums.get(name, [])[:1] != [new]:
            # The sum comes first, beside the one before: killed in between, either file is the one that was written.
            write_json(self.path / SUMS, {**sums, name: [new, *sums.get(name, [])[:1]]})
        write_bytes(self.path / name, content)

    def write_json(self, name: str, value: object) -> None:
        """Write a JSON file."""
        self.write_text(name, to_json(value) + "\n")

    def write_text(self, name: str, content: str) -> None:
        """Write a text file."""
        self.write_bytes(name, content.encode())

    def write_npz(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Write arrays."""
        self.write_bytes(name, npz_bytes(arrays))

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self.path / name, error) from error

    def read_bytes(self, name: str) -> bytes:
        """Read a file below the folder.

        Raises:
            StudyFolderError: It is missing, or other than it was written.
        """
        content = read_file(self.path / name)
        known = self._sums().get(name)
        if known and checksum_of(content) not in known:
            mend = "Run the study again: it is made anew."
            if name.startswith(FIELD):
                mend = "Put a copy of it there. Without one, delete it: what it tells of picks and labels is then lost."
            raise StudyFolderError(
                f"'{self.path / name}' must be as leafgraft wrote it.",
                "Its checksum differs: it was changed or damaged.",
                mend,
            )
        return content

    def read_json(self, name: str) -> dict[str, Any]:
        """Read a JSON file.

        Raises:
            StudyFolderError: It is missing or damaged.
        """
        return parse_json(self.path / name, self.read_bytes(name))

    def has(self, name: str) -> bool:
        """Whether a top-level file exists."""
        return (self.path / name).is_file()

    def damaged(self) -> tuple[str, ...]:
        """Files below the folder that are other than they were written; those of trials are not among them."""
        if self.has(SUMS) and not self._sums():
            return (SUMS,)
        present = {name: known for name, known in self._sums().items() if self.has(name)}
        return tuple(name for name, known in present.items() if checksum_of_file(self.path / name) not in known)

    def sweep(self) -> None:
        """Delete the temporary files and folders that killed writers left behind.

        Raises:
            StudyFolderError: They cannot be deleted.
        """
        for left in list(self.path.rglob(".*.part")):
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                self.remove(left.relative_to(self.path).as_posix())

    def _sums(self) -> dict[str, list[str]]:
        """Checksums by name, the newest first; empty if there are none, or if they are damaged themselves."""
        try:
            sums = read_json_file(self.path / SUMS)
        except StudyFolderError:
            return {}
        return {name: [str(one) for one in known] for name, known in sums.items() if isinstance(known, list)}

    @property
    def events(self) -> EventLog:
        """log.jsonl."""
        return EventLog(self.path / "log.jsonl")

    def log(self, event: str, **fields: object) -> None:
        """Add one event to log.jsonl; see `EventLog.add`."""
        self.events.add(event, **fields)

    @contextmanager
    def lock(self, *, named_by_out: bool = False) -> Iterator[None]:
        """Hold the folder for one writer.

        Args:
            named_by_out: Whether ``--out`` of the command names it.

        Raises:
            StudyFolderError: Another live process holds it (its pid and start time are named), or it cannot be written.
        """
        with hold(self.path, self.path / LOCK, named_by_out=named_by_out):
            yield

    @contextmanager
    def lock_to_read(self) -> Iterator[None]:
        """Keep writers away while it is read; one that cannot be written is read as it is.

        Raises:
            StudyFolderError: A live process holds it.
        """
        if can_be_held(self.path / LOCK):
            with self.lock():
                yield
        else:
            check_free(self.path, self.path / LOCK)
            yield

    def holder(self) -> Holder | None:
        """Who writes to it now, if anybody does."""
        return holder_of(self.path / LOCK)
