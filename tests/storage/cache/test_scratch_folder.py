"""What worker processes write is theirs alone, and goes with them."""

from __future__ import annotations

import errno
import json
import socket
from pathlib import Path

import pytest

from leafgraft.errors import StudyFolderError
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.cache.scratch_folder import KIND, LOCK, scratch_folder
from leafgraft.storage.files.atomic import move_file


def test_it_goes_with_the_block(tmp_path: Path) -> None:
    with scratch_folder(CacheFolder(tmp_path)) as folder:
        (folder / "1").mkdir()
        (folder / "1" / "weights").write_bytes(b"x")
    assert list((tmp_path / KIND).iterdir()) == []


def test_what_the_dead_left_is_deleted_and_the_living_are_spared(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    dead = tmp_path / KIND / "dead"
    dead.mkdir(parents=True)
    (dead / LOCK).write_text(json.dumps({"pid": 2**22 + 1, "host": socket.gethostname(), "started": 1.0}))
    new = tmp_path / KIND / "new"
    new.mkdir()
    with scratch_folder(cache) as first, scratch_folder(cache) as second:
        assert first.is_dir()
        assert second.is_dir()
        assert first != second
        assert new.is_dir()
        assert not dead.exists()


def test_a_file_moves_across_file_systems_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "from", tmp_path / "there" / "to"
    source.write_bytes(b"one")
    move_file(source, target)
    assert target.read_bytes() == b"one"

    original = Path.replace

    def elsewhere(self: Path, other: Path) -> Path:
        if self == source:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return original(self, other)

    monkeypatch.setattr(Path, "replace", elsewhere)
    source.write_bytes(b"two")
    move_file(source, target)
    assert target.read_bytes() == b"two"
    assert not source.exists()
    assert [path.name for path in target.parent.iterdir()] == ["to"]
    with pytest.raises(FileNotFoundError):
        move_file(tmp_path / "nothing", target)


def test_what_cannot_be_moved_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, other: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "from").write_bytes(b"one")
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StudyFolderError, match="disk is full"):
        move_file(tmp_path / "from", tmp_path / "to")
