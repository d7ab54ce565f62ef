"""Folders that a person goes through, and what is said of those that will not do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.limits import Refusal
from leafgraft.web.opening import folders
from leafgraft.web.opening.asked import Asked, keep_asked


def test_folders_are_listed_with_those_above(home: Path) -> None:
    for name in ("b", "A", ".hidden", "c"):
        (home / name).mkdir()
    (home / "file.txt").touch()
    found = folders.list_folder(str(home))
    assert [one["name"] for one in found["folders"]] == ["A", "b", "c", "잎 사진"]
    assert [one["path"] for one in found["above"]][-2:] == [str(home.parent), str(home)]
    assert not found["study"]


def test_a_relative_path_begins_at_home(home: Path) -> None:
    for typed in ("잎 사진", "~/잎 사진", "  잎 사진/../잎 사진/ "):
        assert folders.list_folder(typed)["path"] == str(home / "잎 사진")


def test_names_that_cannot_be_shown_are_left_out(home: Path) -> None:
    for name in (os.fsdecode(b"\xff"), "a\nb"):
        (home / name).mkdir()
    found = folders.list_folder("~")
    assert ([one["name"] for one in found["folders"]], found["left_out"]) == (["잎 사진"], 2)


@pytest.mark.parametrize("name", ["밭\u3000사진", "밭\u00a0사진", "👩\u200d🌾", "사진 "])
def test_names_with_odd_blanks_are_listed_and_opened(home: Path, name: str) -> None:
    (home / name / "in it").mkdir(parents=True)
    (listed,) = [one for one in folders.list_folder("~")["folders"] if one["name"] == name]
    assert folders.list_folder(listed["path"])["folders"][0]["name"] == "in it"


@pytest.mark.parametrize("typed", ["", "  "])
def test_an_empty_path_is_no_folder(home: Path, typed: str) -> None:
    with pytest.raises(Refusal, match="No folder is named") as refused:
        folders.to_path(typed)
    assert refused.value.status == 422


def test_long_lists_are_cut_and_it_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST_FOLDERS", 1)
    assert folders.list_folder("잎 사진")["left_out"] == 1


def test_what_cannot_be_listed_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file.txt").touch()
    for typed, words in (("nowhere", "does not exist"), ("file.txt", "is a file"), ("a\0b", "does not exist")):
        with pytest.raises(Refusal, match=words) as refused:
            folders.list_folder(typed)
        assert refused.value.status == 404

    def forbid(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", forbid)
    with pytest.raises(Refusal, match="cannot be read: Permission denied") as refused:
        folders.list_folder("~")
    assert refused.value.code == "not readable"


def test_photos_are_counted_by_class(home: Path) -> None:
    found = folders.look_at(str(home / "잎 사진"))
    assert found["classes"] == {"Healthy": 3, "역병": 3}
    assert found["study"] == str(home / "results" / "잎 사진")


def test_a_folder_without_class_folders_is_refused_in_words(home: Path) -> None:
    with pytest.raises(Refusal, match="Healthy") as refused:
        folders.look_at(str(home / "잎 사진" / "Healthy"))
    assert (refused.value.status, refused.value.code) == (422, "no photos")


def test_other_photos_of_the_same_name_get_another_folder(home: Path) -> None:
    taken = StudyFolder(home / "results" / "잎 사진")
    keep_asked(taken, Asked("/other/잎 사진"))
    assert folders.look_at("잎 사진")["study"] == f"{taken.path}-2"
    assert not folders.look_at("잎 사진")["begun"]
    keep_asked(taken, Asked(str(home / "잎 사진")))
    found = folders.look_at("잎 사진")
    assert (found["study"], found["begun"]) == (str(taken.path), True)


def test_results_never_lie_among_the_photos(home: Path) -> None:
    found = folders.look_at(str(home))  # class folders are found below
    assert found["classes"] == {"Healthy": 3, "역병": 3}
    assert found["study"] == f"{home}-results"


def test_studies_are_found_with_their_state(home: Path, study: StudyFolder) -> None:
    (home / "results" / "something else").mkdir()
    (found,) = folders.recent_studies()
    assert found == {"name": "잎 사진", "path": str(study.path), "running": False, "done": False}
    with study.lock():
        assert folders.recent_studies()[0]["running"]
    assert folders.list_folder(str(study.path))["study"]


def test_a_path_that_the_system_does_not_look_at_is_refused_in_words(home: Path) -> None:
    for look in (folders.list_folder, folders.look_at):
        with pytest.raises(Refusal, match="File name too long") as refused:
            look(f"~/{'a' * 300}/b")
        assert refused.value.status in {403, 422}


def test_a_study_of_another_user_hides_no_other(
    home: Path, study: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = home / "results" / "locked"
    locked.mkdir()
    look = Path.is_file

    def forbid(path: Path) -> bool:
        if path.is_relative_to(locked):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(Path, "is_file", forbid)
    assert [one["path"] for one in folders.recent_studies()] == [str(study.path)]
    with pytest.raises(Refusal, match="Permission denied") as refused:
        folders.list_folder(str(locked))
    assert refused.value.code == "not readable"
