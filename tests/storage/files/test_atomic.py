"""Atomic writes: the old file or the whole new one."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.storage.files import atomic
from leafgraft.storage.files.atomic import (
    PAGE_BEGINS,
    atomic_file,
    check_replaceable,
    to_json,
    write_bytes,
    write_json,
    write_npz,
    write_text,
)


def write_half(path: Path, cause: BaseException) -> None:
    with atomic_file(path) as file:
        file.write(b"half")
        raise cause


def test_folders_are_made_and_names_may_be_odd(tmp_path: Path) -> None:
    path = tmp_path / "a b" / "잎 🌿" / f"{'이름' * 40}.txt"
    write_text(path, "건강\n")
    assert path.read_text(encoding="utf-8") == "건강\n"
    assert list(path.parent.iterdir()) == [path]


def test_others_may_read_what_is_written(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"x")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    for cause in (ValueError, KeyboardInterrupt):
        with pytest.raises(cause, match="stopped"):
            write_half(path, cause("stopped"))
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"a": float("nan")})
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    write_text(tmp_path / "a", "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StudyFolderError) as caught:
        write_text(tmp_path / "a", "new")
    assert caught.value.found == "The disk is full."
    assert "goes on where it stopped" in caught.value.mend
    assert (tmp_path / "a").read_text() == "old"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StudyFolderError) as caught:
        write_text(tmp_path / "file" / "inside" / "a", "x")
    assert "Not a directory" in caught.value.found
    assert "Choose a place that you may write to" in caught.value.mend


def test_what_else_fails_meanwhile_is_not_said_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        write_half(tmp_path / "a", OSError(errno.ENOSPC, "No space left on device"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="This system has no full device.")
def test_a_write_that_fails_is_said_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(atomic.tempfile, "mkstemp", lambda **_given: (full, str(tmp_path / "a.part")))
    with pytest.raises(StudyFolderError, match=r"a' must be written\. The disk is full\."):
        write_bytes(tmp_path / "a", bytes(100_000))


def test_a_folder_in_the_way_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(StudyFolderError, match="must be written"):
        write_text(tmp_path / "a", "x")
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_records_and_numpy_values_become_json() -> None:
    @dataclass(frozen=True)
    class Leaf:
        name: str
        spots: tuple[int, ...]

    value = {
        "leaf": Leaf("건강", (1, 2)),
        "one": np.int64(3),
        "half": np.float32(0.5),
        "row": np.arange(2),
        "set": {"b", "a"},
        "path": Path("a/b"),
    }
    assert json.loads(to_json(value)) == {
        "leaf": {"name": "건강", "spots": [1, 2]},
        "one": 3,
        "half": 0.5,
        "row": [0, 1],
        "set": ["a", "b"],
        "path": "a/b",
    }
    assert "건강" in to_json(value)
    with pytest.raises(TypeError, match="object has no JSON form"):
        to_json(object())


def test_arrays_are_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_npz(tmp_path / "a.npz", {"a": np.array([None])})
    assert list(tmp_path.iterdir()) == []
    write_npz(tmp_path / "a.npz", {"a": np.arange(3)})
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert file.files == ["a"]


@pytest.mark.parametrize("content", ["", "<!doctype html>\n<p>old", "\ufeff<!doctype html>"])
def test_a_file_of_the_same_kind_may_be_replaced(tmp_path: Path, content: str) -> None:
    check_replaceable(tmp_path / "none.html", PAGE_BEGINS)
    (tmp_path / "a.html").write_text(content, encoding="utf-8")
    check_replaceable(tmp_path / "a.html", PAGE_BEGINS)


def test_a_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("photo_id,label", encoding="utf-8")
    with pytest.raises(UsageError, match="Name another file"):
        check_replaceable(tmp_path / "a.csv", PAGE_BEGINS)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="This system has no pipes among its files.")
def test_no_device_and_no_pipe_is_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/stdout"), Path("/dev/null"), Path("/dev/new"), tmp_path / "pipe", tmp_path):
        with pytest.raises(UsageError, match="a device or a pipe"):
            check_replaceable(path, PAGE_BEGINS)


WRITER = """
import sys
from pathlib import Path
from leafgraft.storage.files.atomic import write_text
path, number = Path(sys.argv[1]), 0
while True:
    number += 1
    write_text(path, f"{number}\\n" * 20_000)
"""


def test_a_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for pause_s in (0.0, 0.003, 0.007, 0.013):
        path.unlink(missing_ok=True)
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
        try:
            deadline = time.monotonic() + 60
            while not path.exists():
                assert time.monotonic() < deadline
                time.sleep(0.001)
            time.sleep(pause_s)
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.wait(timeout=60)
        lines = path.read_text().splitlines()
        assert len(lines) == 20_000
        assert len(set(lines)) == 1


def busy(times: int, real: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    """A rename that Windows refuses some times: a virus scanner, or a reader, has the file open."""
    left = [times]

    def replace(source: Path, target: Path) -> Path:
        if left[0]:
            left[0] -= 1
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        return real(source, target)

    return replace


def test_on_windows_a_file_that_others_have_open_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "ON_WINDOWS", True)
    monkeypatch.setattr(Path, "replace", busy(3, Path.replace))
    write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "new"
    monkeypatch.setattr(atomic, "PATIENCE_S", 0.0)
    monkeypatch.setattr(Path, "replace", busy(1000, Path.replace))
    with pytest.raises(StudyFolderError, match="cannot access the file"):
        write_text(tmp_path / "a.txt", "newer")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_elsewhere_a_refused_rename_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", busy(1, Path.replace))
    with pytest.raises(StudyFolderError, match="cannot access the file"):
        write_text(tmp_path / "a.txt", "new")


def test_on_windows_no_folder_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refuse_folders(path: str, *given: int) -> int:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, *given)

    monkeypatch.setattr(os, "open", refuse_folders)
    with pytest.raises(StudyFolderError, match="Permission denied"):
        write_text(tmp_path / "a.txt", "x")
    monkeypatch.setattr(atomic, "ON_WINDOWS", True)
    write_text(tmp_path / "a.txt", "x")
