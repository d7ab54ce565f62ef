"""Photos that a person names, on drives of Windows too."""

import errno
import os
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest

from leafgraft.errors import BundleError, PhotosError
from leafgraft.records.photo import passed_over_in_words
from leafgraft.web.bundle import read_bundle
from leafgraft.web.photos import below_what_they_share, list_photos


def test_photos_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.jpg").write_bytes(b"")
    named = list_photos([tmp_path / "a" / "1.jpg", tmp_path / "b" / "1.jpg"]).photos
    assert [one.inside for one in named] == [Path("a/1.jpg"), Path("b/1.jpg")]


def test_a_photo_that_is_named_twice_hides_no_two_of_one_name(tmp_path: Path) -> None:
    for name in ("x/sub/a.jpg", "y/a.jpg"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"")
    twice = [tmp_path / "x", tmp_path / "x" / "sub" / "a.jpg"]
    assert [one.inside for one in list_photos(twice).photos] == [Path("sub/a.jpg"), Path("a.jpg")]
    named = list_photos([*twice, tmp_path / "y" / "a.jpg"]).photos
    assert [one.inside for one in named] == [Path("x/sub/a.jpg"), Path("x/sub/a.jpg"), Path("y/a.jpg")]


def test_what_is_no_photo_and_where_systems_keep_things_is_passed_over_and_told(tmp_path: Path) -> None:
    for name in ("a/1.jpg", "a/@eaDir/1.jpg", "a/.trash/2.jpg", "a/notes.xml", "elsewhere/3.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "a" / "linked").symlink_to(tmp_path / "elsewhere")
    named = list_photos([tmp_path / "a"])
    assert [one.inside for one in named.photos] == [Path("1.jpg")]
    below = [one.removeprefix(f"{tmp_path}/a/") for one in named.passed_over]
    assert below == [".trash/", "@eaDir/", "linked/", "notes.xml"]
    assert passed_over_in_words(named.passed_over) == (
        "4 files or folders are passed over as no photos: 1 .trash/, 1 @eaDir/, 1 linked/, 1 .xml"
    )
    assert passed_over_in_words([f"a.{kind}" for kind in "bcdefgh"]).endswith("1 .g and 1 other kind")


def lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid to list a folder, to whoever runs the tests."""
    scandir = os.scandir

    def refuse(path: Any = ".") -> Any:
        if Path(path) == folder:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)


def test_a_folder_below_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("1.jpg", "locked/2.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    lock(tmp_path / "locked", monkeypatch)
    named = list_photos([tmp_path])
    assert [one.inside for one in named.photos] == [Path("1.jpg")]
    assert named.unlisted == [(str(tmp_path / "locked"), "the folder cannot be listed: Permission denied")]
    with pytest.raises(PhotosError, match=r"locked': the folder cannot be listed: Permission denied\. Mend"):
        list_photos([tmp_path / "locked"])


def test_a_photo_whose_name_begins_as_a_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("~leaf.jpg").write_bytes(b"")
    assert [one.path for one in list_photos([Path("~leaf.jpg")]).photos] == [Path("~leaf.jpg")]
    with pytest.raises(PhotosError, match=r"'~gone\.jpg' does not exist"):
        list_photos([Path("~gone.jpg")])
    with pytest.raises(BundleError, match="'~gone' must be a bundle"):
        read_bundle(Path("~gone"))


def test_paths_of_windows() -> None:
    one, other = PureWindowsPath(r"C:\잎\건강\1.jpg"), PureWindowsPath(r"C:\잎\역병\1.jpg")
    assert below_what_they_share([one, other]) == [PureWindowsPath("건강/1.jpg"), PureWindowsPath("역병/1.jpg")]


def test_photos_of_several_drives_have_no_folder_in_common() -> None:
    paths = [PureWindowsPath(one) for one in (r"C:\a\1.jpg", r"D:\a\1.jpg", r"\\nas\leaves\1.jpg")]
    assert [one.as_posix() for one in below_what_they_share(paths)] == ["C/1.jpg", "D/1.jpg", "nas-leaves/1.jpg"]


def test_paths_of_this_machine() -> None:
    paths = [PurePosixPath("/a/b/c/1.jpg"), PurePosixPath("/a/d/1.jpg")]
    assert below_what_they_share(paths) == [PurePosixPath("b/c/1.jpg"), PurePosixPath("d/1.jpg")]
