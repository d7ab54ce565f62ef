"""log.jsonl: one event a line, only ever added to.

Each line has ``time`` (seconds since 1970), ``event``, ``stage``, ``trial``, ``epoch``, ``seconds`` and ``memory``
(bytes that the process holds); what does not apply is null. Events may have more keys.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from leafgraft.storage.files.atomic import cannot_write
from leafgraft.storage.files.file_lock import BINARY

KEYS = ("stage", "trial", "epoch", "seconds")
EPOCH, PROGRESS = "epoch", "progress"


def memory_bytes() -> int:
    """Memory that this process holds."""
    return int(psutil.Process().memory_info().rss)


@dataclass(frozen=True, slots=True)
class EventLog:
    """The log of one study folder.

    Attributes:
        path: The file; made with its first event.
    """

    path: Path

    def add(self, event: str, **fields: object) -> None:
        """Add one event as a whole line; all but the many epochs and steps are on the disk when this returns.

        Args:
            event: What happened.
            **fields: Of `KEYS`, and others.

        Raises:
            StudyFolderError: The disk is full, or the file cannot be written.
        """
        common = {key: fields.pop(key, None) for key in KEYS}
        if isinstance(common["seconds"], float):
            common["seconds"] = round(common["seconds"], 4)
        memory = fields.pop("memory", None) or memory_bytes()
        line = {"time": round(time.time(), 3), "event": event, **common, "memory": memory}
        text = json.dumps({**line, **fields}, ensure_ascii=False, default=str) + "\n"
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | BINARY, 0o644)
            try:
                _write_whole(descriptor, text.encode(errors="backslashreplace"))
                if event not in {EPOCH, PROGRESS}:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def is_own(self) -> bool:
        """Whether it holds events that were added here; other programs call their logs so, too."""
        return any(event.keys() >= {"time", "event", "memory", *KEYS} for event in self.events())

    def has_no_line(self) -> bool:
        """Whether it is empty, or holds the begin of an event: its run was killed at once, or the disk was full."""
        if not self.path.is_file():
            return False
        content, begin = self.path.read_bytes(), b'{"time": '
        begun = content.startswith(begin) or begin.startswith(content)
        return begun and b"\n" not in content and not content.endswith(b"}")

    def mend(self) -> int:
        """Cut off a last line that a killed process left half-written; return how many bytes went.

        Raises:
            StudyFolderError: The file cannot be written.
        """
        try:
            with self.path.open("r+b") as file:
                content = file.read()
                whole = content.rfind(b"\n") + 1
                if whole < len(content):
                    file.truncate(whole)
                return len(content) - whole
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def events(self) -> Iterator[dict[str, Any]]:
        """All events; lines that were damaged are passed over."""
        try:
            content = self.path.read_bytes()
        except OSError:
            return
        yield from events_in(content)


def events_in(content: bytes) -> Iterator[dict[str, Any]]:
    """Events of whole lines; those that were damaged are passed over."""
    for line in content.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def _write_whole(descriptor: int, content: bytes) -> None:
    """Write a line, or nothing of it: a full disk may take a part."""
    start = os.lseek(descriptor, 0, os.SEEK_END)
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    except OSError:
        os.ftruncate(descriptor, start)
        raise
