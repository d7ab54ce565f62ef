"""The study folder: the only module that knows its paths.

Nothing here knows what the files mean; stages hand in records and get them back. Writes are atomic, and a trial
counts only with its ``done`` mark, which holds the checksum of its predictions.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leafgraft.errors import StudyFolderError
from leafgraft.storage.atomic import cannot_write, write_json, write_text
from leafgraft.storage.folder_lock import hold
from leafgraft.storage.predictions import Predictions, read_predictions, write_predictions


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a CSV file atomically."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, buffer.getvalue())


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True, slots=True)
class TrialFolder:
    """``trials/KEY``: trial.json, history.csv, predictions.npz, weights.safetensors, done."""

    path: Path

    @property
    def weights(self) -> Path:
        """Best weights of the trial."""
        return self.path / "weights.safetensors"

    @property
    def checkpoint(self) -> Path:
        """State at the last finished epoch; removed when the trial is done."""
        return self.path / "checkpoint.safetensors"

    @property
    def predictions(self) -> Path:
        """Validation and test rows."""
        return self.path / "predictions.npz"

    @property
    def history(self) -> Path:
        """One row per epoch."""
        return self.path / "history.csv"

    def also_test(self, name: str) -> Path:
        """Predictions on the second folder `name`."""
        return self.path / f"also_test-{name}.npz"

    def write_info(self, info: Mapping[str, Any]) -> None:
        """Write trial.json."""
        write_json(self.path / "trial.json", info)

    def read_info(self) -> dict[str, Any]:
        """Read trial.json."""
        return _read_json(self.path / "trial.json")

    def finish(self, predictions: Predictions, fingerprint: str) -> None:
        """Write the predictions, then the done mark with their checksum and what they were made from."""
        write_predictions(self.predictions, predictions)
        mark = {"predictions": _checksum(self.predictions), "fingerprint": fingerprint}
        write_json(self.path / "done", mark)

    def is_done(self, fingerprint: str) -> bool:
        """Whether the trial finished on these photos and splits, and its predictions are whole."""
        mark_path = self.path / "done"
        if not mark_path.is_file() or not self.predictions.is_file():
            return False
        try:
            mark = _read_json(mark_path)
        except StudyFolderError:
            return False
        whole = mark.get("predictions") == _checksum(self.predictions)
        return bool(whole and mark.get("fingerprint") == fingerprint)

    def read_predictions(self) -> Predictions:
        """Read predictions.npz."""
        return read_predictions(self.predictions)


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
        """Folder of one trial."""
        return TrialFolder(self.path / "trials" / key)

    def write_json(self, name: str, value: object) -> None:
        """Write a top-level JSON file."""
        write_json(self.path / name, value)

    def write_text(self, name: str, content: str) -> None:
        """Write a top-level text file."""
        write_text(self.path / name, content)

    def read_json(self, name: str) -> dict[str, Any]:
        """Read a top-level JSON file.

        Raises:
            StudyFolderError: It is missing or damaged.
        """
        return _read_json(self.path / name)

    def has(self, name: str) -> bool:
        """Whether a top-level file exists."""
        return (self.path / name).is_file()

    def log(self, event: str, **fields: object) -> None:
        """Append one event to log.jsonl."""
        line = json.dumps({"time": round(time.time(), 3), "event": event, **fields}, ensure_ascii=False, default=str)
        path = self.path / "log.jsonl"
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise cannot_write(path, error) from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for one writer.

        Raises:
            StudyFolderError: Another live process holds it (its pid and start time are named).
        """
        with hold(self.path, self.path / ".lock"):
            yield


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StudyFolderError(
            f"'{path.parent}' must be a study folder with '{path.name}'.",
            "There is no such file.",
            "Run the study first: leafgraft run PHOTOS --out FOLDER.",
        ) from None
    except (OSError, ValueError) as error:
        raise StudyFolderError(
            f"'{path}' must be JSON.",
            f"It is damaged: {error}.",
            "Delete it and run the study again: it is made anew.",
        ) from error
    if not isinstance(value, dict):
        raise StudyFolderError(
            f"'{path}' must hold a JSON object.", "It holds something else.", "Delete it and run again."
        )
    return value


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
