"""Locks as Windows has them, on a stand-in: of a byte, given up after a while, and given back by hand."""

from __future__ import annotations

import errno
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from leafgraft.errors import StudyFolderError
from leafgraft.storage.files import file_lock
from leafgraft.storage.files.folder_lock import hold


@dataclass
class Msvcrt:
    """The part of Windows' module that is used: one lock for all descriptors, tried for a moment only."""

    LK_LOCK: int = 1
    LK_UNLCK: int = 0
    LK_NBLCK: int = 2
    lock: threading.Lock = field(default_factory=threading.Lock)
    gave_up: int = 0
    places: list[int] = field(default_factory=list)

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        self.places.append(os.lseek(descriptor, 0, os.SEEK_CUR))
        assert count == 1
        if mode == self.LK_UNLCK:
            self.lock.release()
        elif mode == self.LK_NBLCK:
            if not self.lock.acquire(blocking=False):
                raise OSError(errno.EACCES, "Permission denied")
        elif not self.lock.acquire(timeout=0.05):
            self.gave_up += 1
            raise OSError(errno.EDEADLK, "Resource deadlock avoided")


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Msvcrt:
    made = Msvcrt()
    monkeypatch.setattr(file_lock, "msvcrt", made)
    monkeypatch.setattr(file_lock, "fcntl", None)
    return made


def test_who_must_wait_is_told_before(tmp_path: Path) -> None:
    told: list[str] = []
    with file_lock.locked(tmp_path / "lock", lambda: told.append("first")):
        other = threading.Thread(target=lambda: _enter(tmp_path / "lock", told))
        other.start()
        while not told:
            pass
        assert told == ["waits"]
    other.join(60)
    assert told == ["waits", "in"]


def _enter(path: Path, told: list[str]) -> None:
    with file_lock.locked(path, lambda: told.append("waits")):
        told.append("in")


def test_who_comes_second_waits_longer_than_windows_does_by_itself(windows: Msvcrt, tmp_path: Path) -> None:
    inside, order = threading.Event(), []

    def second() -> None:
        inside.wait(60)
        with file_lock.locked(tmp_path / "lock", lambda: order.append("waits")):
            order.append("second")

    other = threading.Thread(target=second)
    other.start()
    with file_lock.locked(tmp_path / "lock"):
        inside.set()
        while windows.gave_up < 2:
            pass
        order.append("first")
    other.join(60)
    assert order == ["waits", "first", "second"]
    assert set(windows.places) == {file_lock.BEYOND}  # never a byte that somebody reads


def test_a_folder_is_held_by_one_and_given_back(windows: Msvcrt, tmp_path: Path) -> None:
    refused = pytest.raises(StudyFolderError, match="one run at a time")
    with hold(tmp_path, tmp_path / ".lock"), refused, hold(tmp_path, tmp_path / ".lock"):
        pytest.fail("two at once")
    with hold(tmp_path, tmp_path / ".lock"):
        assert (tmp_path / ".lock").read_bytes()
    assert (tmp_path / ".lock").read_bytes() == b""
    assert not windows.lock.locked()


def test_a_lock_that_fails_for_another_reason_lets_everyone_in(windows: Msvcrt, tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    windows.locking = refuse  # type: ignore[method-assign]
    with file_lock.locked(tmp_path / "lock") as descriptor:
        assert os.write(descriptor, b"x") == 1
