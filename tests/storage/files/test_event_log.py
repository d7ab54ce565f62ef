"""log.jsonl: whole lines, whatever happens."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import NoReturn

import pytest

from leafgraft.errors import StudyFolderError
from leafgraft.storage.files.event_log import EventLog


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "log.jsonl")


def test_events_are_added_line_by_line(log: EventLog) -> None:
    log.add("epoch", stage="training", trial="key", epoch=3, seconds=0.123456, train_loss=0.5)
    log.add("건강", key="a\nb", path=Path("x"))
    first, second = (json.loads(line) for line in log.path.read_text(encoding="utf-8").splitlines())
    assert list(first) == ["time", "event", "stage", "trial", "epoch", "seconds", "memory", "train_loss"]
    assert (first["stage"], first["trial"], first["epoch"], first["seconds"]) == ("training", "key", 3, 0.1235)
    assert first["memory"] > 1_000_000
    assert second["stage"] is second["trial"] is second["epoch"] is second["seconds"] is None
    assert (second["event"], second["key"], second["path"]) == ("건강", "a\nb", "x")
    assert first["time"] <= second["time"]
    assert list(log.events()) == [first, second]


def test_a_half_written_last_line_is_cut_off(log: EventLog) -> None:
    assert log.mend() == 0
    log.add("one")
    log.add("two")
    assert log.mend() == 0
    with log.path.open("ab") as file:
        file.write(b'{"event": "thr')
    assert log.mend() == 14
    log.add("three")
    assert [event["event"] for event in log.events()] == ["one", "two", "three"]
    log.path.write_bytes(b'{"half')
    assert log.mend() == 6
    assert log.path.read_bytes() == b""


def test_damaged_lines_are_passed_over(log: EventLog) -> None:
    assert list(log.events()) == []
    log.add("one")
    with log.path.open("ab") as file:
        file.write(b"\xff\xfe\n[1]\n\n")
    log.add("two")
    assert [event["event"] for event in log.events()] == ["one", "two"]


def test_a_full_disk_is_said_and_leaves_no_half_line(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.add("one")
    real = os.write

    def fill(descriptor: int, content: bytes) -> int:
        if len(content) > 5:
            return real(descriptor, content[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", fill)
        patch.setattr("leafgraft.storage.files.event_log.json.dumps", lambda *_, **__: "{1234567}")
        with pytest.raises(StudyFolderError, match="disk is full"):
            log.add("two")
    assert log.path.read_bytes().endswith(b"}\n")
    assert [event["event"] for event in log.events()] == ["one"]


def test_a_log_that_cannot_be_opened_is_said(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StudyFolderError, match="Read-only file system"):
        log.add("started")
