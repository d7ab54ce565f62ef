import os
import unicodedata
from pathlib import Path

import pytest

from leafgraft.data.read.spelling import Disk, PhotoNames, as_meant, from_home, is_file, place_key, taken_for
from leafgraft.records.photo import class_key

ALIKE = (
    *("early_blight", "Early-Blight", "EARLY  BLIGHT", "EarlyBlight", "Early\u00a0blight", "Early blight "),
    *("Ｅarly blight", "Early\u200bblight", "\ufeffEarly blight", "Early___blight"),
)


@pytest.mark.parametrize("other", ALIKE)
def test_names_that_look_alike_have_one_key(other):
    assert class_key(other) == class_key("Early blight")


@pytest.mark.parametrize("other", ["Early blight 2", "Late blight", "Earlyblights", "Éarly blight"])
def test_other_names_have_another(other):
    assert class_key(other) != class_key("Early blight")


def test_hangul_has_one_key_in_all_forms():
    forms = ("NFC", "NFD", "NFKC", "NFKD")
    assert len({class_key(unicodedata.normalize(form, "겹무늬병")) for form in forms}) == 1


def test_a_path_of_a_network_drive_is_found_by_its_end(tmp_path):
    (tmp_path / "Early").mkdir()
    (tmp_path / "Early/1.jpg").touch()
    assert Disk(tmp_path).find(r"\\nas\set\Early\1.jpg") == "Early/1.jpg"


@pytest.mark.parametrize("place", ["C:/Users/kim/set", "/Users/kim/set", "", "/mnt"])
def test_a_path_of_another_machine_is_found_by_its_end(tmp_path, place):
    (tmp_path / "Early").mkdir()
    (tmp_path / "Early/1.jpg").touch()
    (tmp_path / "1.jpg").touch()
    assert Disk(tmp_path).find(f"{place}/Early/1.jpg") == "Early/1.jpg"


def test_a_name_alone_is_that_of_another_photo_unless_the_folder_is_called_the_same(tmp_path, monkeypatch):
    south = tmp_path / "South"
    south.mkdir()
    (south / "1.jpg").touch()
    for root in (south, Path("South"), Path("South/../South")):
        monkeypatch.chdir(tmp_path)
        assert Disk(root).find("/mnt/north/1.jpg") == "/mnt/north/1.jpg"
        assert Disk(root).find("C:\\north\\1.jpg") == Path("C:\\north\\1.jpg").as_posix()
        assert Disk(root).find("/mnt/south/1.jpg") == Disk(root).find("/1.jpg") == "1.jpg"


def test_a_photo_that_two_paths_may_mean_is_left_to_none_and_the_others_are_said(tmp_path):
    for name in ("A/1.jpg", "A/2.jpg", "A/3.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    two, named, alone = ["/n/A/1.jpg", "/s/A/1.jpg"], ["/n/A/2.jpg", "./A/2.jpg", "A/2.jpg"], ["D:/A/3.jpg", "/x/9.jpg"]
    found = Disk(tmp_path).find_each([*two, *named, *alone])
    assert [found[one] for one in two] == two
    assert [found[one] for one in named] == ["/n/A/2.jpg", "A/2.jpg", "A/2.jpg"]
    assert [found[one] for one in alone] == ["A/3.jpg", "/x/9.jpg"]
    assert taken_for(found) == (
        "Paths of another machine, taken for photos here: 1; the first is 'D:/A/3.jpg', here 'A/3.jpg'.",
    )
    assert taken_for({one: found[one] for one in (*two, *named)}) == ()


def test_nothing_below_a_folder_that_may_not_be_entered_is_a_file(tmp_path, monkeypatch):
    (tmp_path / "1.jpg").touch()
    assert is_file(tmp_path / "1.jpg")
    close(monkeypatch, tmp_path)
    assert not is_file(tmp_path / "1.jpg")


def close(monkeypatch, folder):
    """A folder of another user, into which nobody else may look."""
    state = os.stat

    def closed(path, **settings):
        if isinstance(path, (str, os.PathLike)) and Path(path).is_relative_to(folder / ""):
            raise PermissionError(13, "Permission denied", str(path))
        return state(path, **settings)

    monkeypatch.setattr(os, "stat", closed)


def test_a_place_is_the_same_however_many_blanks_its_name_has():
    assert place_key("Plot 1 12") == place_key(" plot 1  12") != place_key("plot 11 2")
    assert place_key("가 1") == place_key("가 1")


def test_photos_are_found_without_the_blanks_around_their_names():
    names = PhotoNames("/photos", ("A /b.JPG ", "B/1.jpg", "B/1.jpg ", "C/ 2.jpg", "D/2.jpg "))
    assert names.find("A /b.JPG") == names.find("b.JPG") == names.find("/photos/A/b.JPG") == ["A /b.JPG "]
    assert (names.find("B/1.jpg"), names.find("B/1.jpg ")) == (["B/1.jpg"], ["B/1.jpg "])
    assert names.find("2.jpg") == ["C/ 2.jpg", "D/2.jpg "]
    assert names.find("c.jpg") == []


@pytest.mark.parametrize(
    "written", ["Rust//0.jpg", "Rust/./0.jpg", r"Rust\\0.jpg", ".//Rust/0.jpg", "/photos//Rust/0.jpg", "rust/0.JPG"]
)
def test_paths_that_are_not_spelled_exactly_are_found(tmp_path, written):
    root = tmp_path / "photos"
    (root / "Rust").mkdir(parents=True)
    (root / "Rust/0.jpg").touch()
    names = PhotoNames(str(root), ("Rust/0.jpg", "Healthy/0.jpg"))
    assert names.find(written.replace("/photos", str(root))) == ["Rust/0.jpg"]


def test_the_case_of_letters_counts_where_it_tells_photos_apart():
    names = PhotoNames("/photos", ("A/b.JPG", "A/b.jpg", "B/B.jpg"))
    assert names.find("A/b.jpg") == ["A/b.jpg"]
    assert names.find("a/B.jpg") == ["A/b.JPG", "A/b.jpg"]


def test_only_a_tilde_alone_is_the_home_folder(monkeypatch):
    """On Windows every name after it is taken to be that of somebody."""
    leaf = Path("~leaf.jpg")
    assert from_home(leaf) == leaf
    monkeypatch.setattr(Path, "expanduser", lambda path: Path("/home") / path)
    monkeypatch.setattr(os, "name", "nt")
    found = from_home(leaf)
    monkeypatch.undo()
    assert found == leaf
    assert from_home(Path("~/leaf.jpg")) == Path.home() / "leaf.jpg"


def test_what_is_meant_has_the_spelling_of_the_disk(tmp_path, monkeypatch):
    apart = tmp_path / unicodedata.normalize("NFD", "잎")
    apart.mkdir()
    monkeypatch.setenv("USERPROFILE" if os.name == "nt" else "HOME", str(tmp_path))
    assert as_meant(Path("~/잎/새.jpg")) == apart / "새.jpg"
