"""Arrays of the cache: whole, or made anew."""

from __future__ import annotations

import errno
import json
import os
import random
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from leafgraft.errors import StudyFolderError
from leafgraft.records.progress import Silent
from leafgraft.storage.cache import kept_array
from leafgraft.storage.cache.kept_array import CHUNK_ROWS, keep_array, open_kept


class Heard(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def kept(path: Path, rows: int = 2 * CHUNK_ROWS + 7) -> np.ndarray[Any, Any]:
    content = np.arange(rows * 4, dtype=np.float32).reshape(rows, 4)
    with keep_array(path, content.shape, np.float32) as array:
        array[:] = content
    return content


def test_an_array_comes_back_in_chunks_and_read_only(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    content = kept(path)
    back = open_kept(path, content.shape, np.float32, Silent())
    assert back is not None
    assert (back == content).all()
    assert not back.flags.writeable
    assert len(json.loads(path.with_suffix(".json").read_text())["crc32"]) == 3
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.json", "a.npy"]


def test_nothing_kept_is_no_fault(tmp_path: Path) -> None:
    heard = Heard()
    assert open_kept(tmp_path / "a.npy", (3, 4), np.float32, heard) is None
    assert heard.lines == []


@pytest.mark.parametrize("sums", ["", "[]", "{}", '{"crc32": [1]}', "{half"])
def test_damaged_sums_are_said(tmp_path: Path, sums: str) -> None:
    path, heard = tmp_path / "a.npy", Heard()
    content = kept(path)
    path.with_suffix(".json").write_text(sums)
    assert open_kept(path, content.shape, np.float32, heard) is None
    assert len(heard.lines) == 1
    assert str(path) in heard.lines[0]
    assert "made anew" in heard.lines[0]


def test_any_damage_is_found(tmp_path: Path) -> None:
    path, heard, chance = tmp_path / "a.npy", Heard(), random.Random(0)
    content = kept(path, rows=30)
    whole, tries = path.read_bytes(), 300
    for attempt in range(tries):
        damaged = bytearray(whole)
        if attempt % 2:
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        else:
            damaged = damaged[: chance.randrange(len(damaged))]
        path.write_bytes(damaged)
        back = open_kept(path, content.shape, np.float32, heard)
        assert back is None or (back == content).all()
    assert len(heard.lines) > 0.9 * tries


def test_a_full_disk_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(StudyFolderError, match="disk is full"), keep_array(tmp_path / "a.npy", (3, 4), np.float32):
        pytest.fail("the block must not be entered")
    assert list(tmp_path.iterdir()) == []


def test_an_array_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    kept(path, rows=5)
    with keep_array(path, (2, 2), np.uint8) as array:
        array[:] = 9
    back = open_kept(path, (2, 2), np.uint8, Silent())
    assert back is not None
    assert (back == 9).all()


def test_on_windows_an_array_is_filled_where_it_stays_and_counts_once_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "The file is mapped")

    monkeypatch.setattr(kept_array, "ON_WINDOWS", True)
    with monkeypatch.context() as patch:  # renamed is its checksums' file alone
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(StudyFolderError, match="is mapped"):
            kept(tmp_path / "a.npy", 3)
    assert open_kept(tmp_path / "a.npy", (3, 4), np.float32, Silent()) is None
    content = kept(tmp_path / "a.npy")
    back = open_kept(tmp_path / "a.npy", content.shape, np.float32, Silent())
    assert back is not None
    assert (back == content).all()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.json", "a.npy"]
