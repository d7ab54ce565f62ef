"""Where searches are kept: one line per step in the study folder, which the driver alone writes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend

from leafgraft.errors import StudyFolderError
from leafgraft.storage.files.atomic import cannot_write

FIXED, EARLIER = "fixed", "earlier"
ENDED = 6  # the operation by which a trial gets its last state


class JournalFile(BaseJournalBackend):
    """The lines of a file.

    What ends a trial is on the disk before anything else is done; a line that was cut by a crash is taken back.

    Args:
        path: The file; made when first written to.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = path.read_bytes().split(b"\n") if path.is_file() else [b""]
        if cut := self._lines.pop():
            with path.open("r+b") as file:
                file.truncate(path.stat().st_size - len(cut))

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """Steps from a number on."""
        return map(json.loads, self._lines[log_number_from:])

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add steps."""
        lines = [json.dumps(log, separators=(",", ":")).encode() for log in logs]
        try:
            with self._path.open("ab") as file:
                file.write(b"".join(line + b"\n" for line in lines))
                file.flush()
                if any(log["op_code"] == ENDED for log in logs):
                    os.fsync(file.fileno())
        except OSError as error:
            raise cannot_write(self._path, error) from error
        self._lines += lines


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Let optuna say warnings only."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def open_storage(path: Path) -> JournalStorage:
    """Open the searches of a study folder.

    Raises:
        StudyFolderError: The file is damaged.
    """
    try:
        return JournalStorage(JournalFile(path))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StudyFolderError(
            f"'{path}' must hold the searches of the study.",
            f"It is damaged: {error}.",
            "Delete it: the searches then start anew.",
        ) from error


def kept_studies(storage: JournalStorage) -> list[optuna.Study]:
    """Every search, with what it keeps fixed."""
    studies = (optuna.load_study(study_name=one, storage=storage) for one in optuna.get_all_study_names(storage))
    return [one for one in studies if FIXED in one.user_attrs]


def name_anew(storage: JournalStorage, fingerprints: Sequence[str]) -> list[str]:
    """Give all searches of an earlier version the fingerprint of now; what they were known by then counts from now on.

    Second folders may change until they are taken up: nothing else would tell then that they are of the same photos.
    """
    now, before = fingerprints[0], list(fingerprints[1:])
    for study in kept_studies(storage):
        fixed = study.user_attrs[FIXED]
        if fixed["fingerprint"] in before:
            study.set_user_attr(FIXED, {**fixed, "fingerprint": now, EARLIER: fixed["fingerprint"]})
        elif fixed["fingerprint"] == now and EARLIER in fixed:
            before.append(fixed[EARLIER])
    return list(dict.fromkeys([now, *before]))
