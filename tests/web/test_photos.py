"""Photos that a person names, on drives of Windows too."""

from pathlib import Path, PurePosixPath, PureWindowsPath

from leafgraft.records.photo import passed_over_in_words
from leafgraft.web.photos import below_what_they_share, list_photos


def test_photos_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.jpg").write_bytes(b"")
    named, _ = list_photos([tmp_path / "a" / "1.jpg", tmp_path / "b" / "1.jpg"])
    assert [one.inside for one in named] == [Path("a/1.jpg"), Path("b/1.jpg")]


def test_what_is_no_photo_and_where_systems_keep_things_is_passed_over_and_told(tmp_path: Path) -> None:
    for name in ("a/1.jpg", "a/@eaDir/1.jpg", "a/.trash/2.jpg", "a/notes.xml", "elsewhere/3.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "a" / "linked").symlink_to(tmp_path / "elsewhere")
    named, passed_over = list_photos([tmp_path / "a"])
    assert [one.inside for one in named] == [Path("1.jpg")]
    below = [one.removeprefix(f"{tmp_path}/a/") for one in passed_over]
    assert below == [".trash/", "@eaDir/", "linked/", "notes.xml"]
    assert passed_over_in_words(passed_over) == (
        "4 files or folders are passed over as no photos: 1 .trash/, 1 @eaDir/, 1 linked/, 1 .xml"
    )


def test_paths_of_windows() -> None:
    one, other = PureWindowsPath(r"C:\잎\건강\1.jpg"), PureWindowsPath(r"C:\잎\역병\1.jpg")
    assert below_what_they_share([one, other]) == [PureWindowsPath("건강/1.jpg"), PureWindowsPath("역병/1.jpg")]


def test_photos_of_several_drives_have_no_folder_in_common() -> None:
    paths = [PureWindowsPath(one) for one in (r"C:\a\1.jpg", r"D:\a\1.jpg", r"\\nas\leaves\1.jpg")]
    assert [one.as_posix() for one in below_what_they_share(paths)] == ["C/1.jpg", "D/1.jpg", "nas-leaves/1.jpg"]


def test_paths_of_this_machine() -> None:
    paths = [PurePosixPath("/a/b/c/1.jpg"), PurePosixPath("/a/d/1.jpg")]
    assert below_what_they_share(paths) == [PurePosixPath("b/c/1.jpg"), PurePosixPath("d/1.jpg")]
