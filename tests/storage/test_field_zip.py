"""Zips of the phone page: whole ones are unpacked once, others are refused in words, and nothing is left of them."""

from __future__ import annotations

import errno
import io
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from leafgraft.errors import LabelsError, StudyFolderError
from leafgraft.storage.field_zip import is_zip, unlabelled_of, unpack

LABELS = "path,label\nphotos/a.jpg,Healthy\n"
WHOLE = {"labels.csv": LABELS.encode(), "photos/a.jpg": os.urandom(2000), "unlabelled/밭.jpg": b"leaf"}


def pack(path: Path, content: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as opened:
        for name, data in content.items():
            opened.writestr(zipfile.ZipInfo(name), data, method)
    return path


def files_of(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_a_zip_is_unpacked_once_into_a_folder_named_after_its_content(tmp_path: Path) -> None:
    path, into = pack(tmp_path / "밭 1.ZIP", WHOLE), tmp_path / "into"
    assert is_zip(path)
    folder = unpack(path, into)
    assert folder.parent == into
    assert folder.name.startswith("밭 1-")
    assert files_of(folder) == WHOLE
    (folder / "photos/a.jpg").write_bytes(b"turned by hand")
    again = shutil.copy(path, tmp_path / "renamed.zip")
    assert unpack(Path(again), into) == folder
    assert (folder / "photos/a.jpg").read_bytes() == b"turned by hand"
    assert [one.name for one in into.iterdir()] == [folder.name]
    (tmp_path / "other").mkdir()
    assert unpack(pack(tmp_path / "other" / path.name, {**WHOLE, "x": b"1"}), into) != folder


@pytest.mark.parametrize("prefix", ["field-2026/", "field\\"])
def test_one_that_was_packed_again_lies_in_a_folder_of_its_own(tmp_path: Path, prefix: str) -> None:
    again = {f"{prefix}{name}".replace("/", prefix[-1]): data for name, data in WHOLE.items()}
    system = {"__MACOSX/field-2026/._labels.csv": b"x", f"{prefix}.DS_Store": b"x"}
    folder = unpack(pack(tmp_path / "a.zip", {**system, **again}), tmp_path / "into")
    assert files_of(folder) == WHOLE


HOSTILE = {
    "up": "../out.jpg",
    "up later": "photos/../../out.jpg",
    "absolute": "/tmp/out.jpg",
    "back slashes": "photos\\..\\..\\out.jpg",
    "drive": "C:\\out.jpg",
    "network": "\\\\host\\share\\out.jpg",
    "control": "photos/a\n.jpg",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_nothing_is_written_outside_of_the_folder(tmp_path: Path, name: str) -> None:
    refused(pack(tmp_path / "a.zip", {**WHOLE, name: b"out"}), "leads out of its folder")


def refused(path: Path, *words: str) -> None:
    into = path.parent / "into"
    before = set(path.parent.rglob("*"))
    with pytest.raises(LabelsError) as caught:
        unpack(path, into)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert str(path) in caught.value.asked
    assert {one for one in path.parent.rglob("*") if one.is_file()} == {one for one in before if one.is_file()}


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", WHOLE)
    link = zipfile.ZipInfo("photos/link.jpg")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr(link, "/etc/passwd")
    refused(path, "is a link")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    refused(
        pack(tmp_path / "a.zip", {**WHOLE, "photos/b.jpg": bytes(30_000_000)}, zipfile.ZIP_DEFLATED), "0.0 GB", "MB"
    )
    (tmp_path / "many").mkdir()
    many = {f"photos/{number}.jpg": b"" for number in range(50_001)}
    refused(pack(tmp_path / "many" / "a.zip", {**WHOLE, **many}), "50,004 files")


def test_cut_damaged_encrypted_and_other_files_are_said(tmp_path: Path) -> None:
    whole = pack(tmp_path / "whole.zip", WHOLE).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-300])
    refused(tmp_path / "cut.zip", "damaged, cut or no zip", "from the phone again")
    middle = whole.index(WHOLE["photos/a.jpg"]) + 1000
    (tmp_path / "damaged.zip").write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    refused(tmp_path / "damaged.zip", "Bad CRC-32")
    deflated = {"labels.csv": (LABELS * 50).encode() + os.urandom(500), "photos/a.jpg": b"leaf"}
    packed = bytearray(pack(tmp_path / "packed.zip", deflated, zipfile.ZIP_DEFLATED).read_bytes())
    packed[45:75] = b"\xff" * 30
    (tmp_path / "packed.zip").write_bytes(packed)
    refused(tmp_path / "packed.zip", "damaged, cut or no zip")
    (tmp_path / "text.zip").write_text("path,label\n")
    refused(tmp_path / "text.zip", "no zip")
    (tmp_path / "empty.zip").write_bytes(b"")
    refused(tmp_path / "empty.zip", "no zip")
    with pytest.raises(LabelsError, match="no such file"):
        unpack(tmp_path / "absent.zip", tmp_path)
    locked = bytearray(whole)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + at] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    refused(tmp_path / "locked.zip", "'labels.csv' is encrypted")


def test_names_that_are_one_and_a_zip_without_labels(tmp_path: Path) -> None:
    refused(pack(tmp_path / "a.zip", {**WHOLE, "photos/A.jpg": b"2"}), "two files of one name")
    refused(
        pack(tmp_path / "b.zip", {"photos/a.jpg": b"1"}), "no labels.csv", "1 file", "'photos/a.jpg'", "leafgraft pick"
    )
    refused(pack(tmp_path / "c.zip", {}), "no labels.csv", "0 files")


def test_a_full_disk_leaves_nothing_half_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack(tmp_path / "a.zip", WHOLE)

    def full(_source: io.IOBase, _target: io.IOBase) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(StudyFolderError, match="The disk is full"):
        unpack(path, tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []
    monkeypatch.undo()
    assert files_of(unpack(path, tmp_path / "into")) == WHOLE


def test_photos_without_a_label(tmp_path: Path) -> None:
    folder = unlabelled_of(pack(tmp_path / "a.zip", WHOLE), tmp_path)
    assert [one.name for one in folder.iterdir()] == ["밭.jpg"]
    assert unlabelled_of(tmp_path, tmp_path / "into") == tmp_path
    labelled = {name: data for name, data in WHOLE.items() if not name.startswith("unlabelled")}
    with pytest.raises(LabelsError, match=r"All were labelled on the phone\..*leafgraft adapt"):
        unlabelled_of(pack(tmp_path / "b.zip", labelled), tmp_path)


def test_a_folder_that_is_called_a_zip_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "밭.zip").mkdir()
    assert not is_zip(tmp_path / "밭.zip")
    assert is_zip(tmp_path / "다른 밭.ZIP")


def test_a_zip_that_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("leafgraft.storage.field_zip.zipfile.ZipFile", refuse)
    with pytest.raises(LabelsError, match="Permission denied"):
        unpack(tmp_path / "밭.zip", tmp_path)
