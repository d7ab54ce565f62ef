"""Folders of photos of no class."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from leafgraft.errors import PhotosError
from leafgraft.records.photo import Manifest, Photo
from leafgraft.study.steps.photos import list_foreign

TRAINED = b"a leaf that is trained on"


@pytest.fixture
def home() -> Manifest:
    photo_id = hashlib.sha256(TRAINED).hexdigest()[:16]
    return Manifest("leaves", (Photo(photo_id, "a/leaf.jpg", "a", 9, 9, "one"),))


def folder_with(path: Path, *contents: bytes) -> str:
    path.mkdir()
    for number, content in enumerate(contents):
        (path / f"{number}.jpg").write_bytes(content)
    return str(path)


def test_photos_that_are_trained_on_are_left_out(tmp_path: Path, home: Manifest) -> None:
    found = list_foreign({"cars": folder_with(tmp_path / "cars", TRAINED, b"a car")}, home)
    assert [path.name for path in found["cars"]] == ["1.jpg"]


def test_files_that_are_no_photos_are_said(tmp_path: Path, home: Manifest) -> None:
    folder = Path(folder_with(tmp_path / "cars", b"a car"))
    (folder / "notes.txt").write_text("x")
    said: list[str] = []
    list_foreign({"cars": str(folder)}, home, said.append)
    assert said == ["Folder 'cars' under foreign: 1 file or folder is passed over as no photos: 1 .txt."]


def test_a_folder_that_cannot_be_listed_is_said(
    tmp_path: Path, home: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(folder_with(tmp_path / "cars", b"a car"))
    locked, scandir = folder_with(folder / "locked", b"another"), os.scandir

    def refuse(path: Any) -> Any:
        if os.fspath(path) == locked:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    said: list[str] = []
    assert len(list_foreign({"cars": str(folder)}, home, said.append)["cars"]) == 1
    [line] = said
    assert line.startswith(f"Folder 'cars' under foreign lacks the photos of '{locked}': the folder cannot be listed")


def test_a_folder_of_nothing_else_is_refused(tmp_path: Path, home: Manifest) -> None:
    with pytest.raises(PhotosError, match="'cars' under foreign"):
        list_foreign({"cars": folder_with(tmp_path / "cars", TRAINED)}, home)


@pytest.mark.parametrize("exists", [True, False])
def test_an_empty_or_missing_folder_is_refused(tmp_path: Path, home: Manifest, exists: bool) -> None:
    path = folder_with(tmp_path / "cars") if exists else str(tmp_path / "gone")
    with pytest.raises(PhotosError, match=r"holds none|does not exist"):
        list_foreign({"cars": path}, home)
