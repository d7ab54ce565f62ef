"""What `leafgraft adapt` refuses before it looks at a network."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image

from leafgraft.errors import LabelsError, StudyFolderError, UsageError
from leafgraft.records.digest import photo_id_of
from leafgraft.records.photo import Manifest, Photo
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands.field.adapt import _of_folders, adapt
from leafgraft.study.page import adaptation_page
from leafgraft.study.steps.field.given_labels import LabelsOfPlace
from leafgraft.study.steps.field.known import Labelled, note_folder, note_labelled
from leafgraft.study.steps.field.labels import PlaceLabels


def test_labels_of_two_places_are_not_mixed(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "study")
    folder.write_json("verdict.json", {})
    for name, green in (("a", 60), ("b", 160)):
        Image.new("RGB", (24, 24), (60, green, 60)).save(tmp_path / f"{name}.png")
    note_labelled(folder, [Labelled(photo_id_of((tmp_path / "a.png").read_bytes()), "Late", "밭")])
    (tmp_path / "labels.csv").write_text("path,label\na.png,Late\nb.png,Healthy\n", encoding="utf-8")
    with pytest.raises(UsageError, match="1 of 2 labels are of photos that were adapted to as '밭' before"):
        adapt(folder.path, [tmp_path / "labels.csv"], place="논")


def test_labels_that_name_no_place_are_of_that_which_their_photos_were_adapted_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, checked = StudyFolder(tmp_path / "study"), []
    folder.write_json("verdict.json", {})
    Image.new("RGB", (24, 24), (60, 60, 60)).save(tmp_path / "a.png")
    note_labelled(folder, [Labelled(photo_id_of((tmp_path / "a.png").read_bytes()), "Late", "밭")])
    (tmp_path / "labels.csv").write_text("path,label\na.png,Late\n", encoding="utf-8")

    def stop(given: LabelsOfPlace, _: object) -> None:
        checked.append(given.place)
        raise UsageError("", "", "")

    monkeypatch.setattr(sys.modules[adapt.__module__], "check_one_place", stop)
    for place in (None, "논"):
        with pytest.raises(UsageError):
            adapt(folder.path, tmp_path / "labels.csv", place=place)
    assert checked == ["밭", "논"]


@pytest.mark.parametrize("place", ["home", " Ho me", "ＨＯＭＥ"])
def test_no_place_is_called_as_the_photos_of_the_study_are(place: str, tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "study")
    folder.write_json("verdict.json", {})
    (tmp_path / "labels.csv").write_text("path,label\na.png,Late\n", encoding="utf-8")
    with pytest.raises(UsageError, match="which are called 'home'"):
        adapt(folder.path, [tmp_path / "labels.csv"], place=place)


@pytest.mark.parametrize("place", [" ", "\u200b", "", "north\nfield", "north.", "con", "Lpt1.old", "north/south"])
def test_a_place_is_called_as_a_folder_may_be_on_every_system(place: str, tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "study")
    folder.write_json("verdict.json", {})
    (tmp_path / "labels.csv").write_text("path,label\na.png,Late\n", encoding="utf-8")
    with pytest.raises(UsageError, match="must be one that a folder can have"):
        adapt(folder.path, [tmp_path / "labels.csv"], place=place)


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ({"index.html": "my own page"}, r"holds 'index\.html', which is of no adaptation"),
        ({"adaptation.json": '{"of": "another tool"}'}, r"holds 'adaptation\.json', which is of no adaptation"),
        ({"bundle/bundle.json": "{}"}, "holds 'bundle', which is of no adaptation"),
        ({"bundle.json": "{}"}, r"holds 'bundle\.json', which is of no adaptation"),
        ({"Late/a.jpg": "a photo"}, "holds 'Late', which is of no adaptation"),
        ({"run.json": "{}", "adaptation.json": '{"place": "", "gates": {}, "kept": true}'}, "is a study"),
        ({}, "is a file"),
    ],
)
def test_what_is_of_no_adaptation_is_not_replaced(there: dict[str, str], found: str, tmp_path: Path) -> None:
    folder, out = StudyFolder(tmp_path / "study"), tmp_path / "out"
    folder.write_json("verdict.json", {})
    for name, content in there.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(content, encoding="utf-8")
    if not there:
        out.write_text("a file", encoding="utf-8")
    with pytest.raises(UsageError, match=found):
        adapt(folder.path, [tmp_path / "labels.csv"], out=out)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("adaptation.json", '{"place": "", "gates": {}, "kept": true}'),
        ("bundle/bundle.json", '{"classes": [], "place": "north", "adaptation": {"labels": {}}}'),  # stopped after it
    ],
)
def test_an_earlier_adaptation_may_be_replaced(name: str, content: str, tmp_path: Path) -> None:
    folder, out = StudyFolder(tmp_path / "study"), tmp_path / "out"
    folder.write_json("verdict.json", {})
    (out / "bundle").mkdir(parents=True)
    (out / name).write_text(content, encoding="utf-8")
    with pytest.raises(LabelsError, match=r"labels\.csv"):  # it goes on to the labels, of which there are none
        adapt(folder.path, [tmp_path / "labels.csv"], out=out)


def test_a_folder_that_shows_nothing_is_a_new_one(tmp_path: Path) -> None:
    for name in (".DS_Store", "Thumbs.db"):
        (tmp_path / name).touch()
    adaptation_page.check_adaptation_folder(tmp_path)


@pytest.mark.parametrize(
    ("place", "found"), [("home", r"labels\.csv' calls it 'home'\..*--place field"), ("a/b", "calls it 'a/b'")]
)
def test_who_calls_the_place_so_is_said(place: str, found: str, tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "study")
    folder.write_json("verdict.json", {})
    (tmp_path / "labels.csv").write_text(f"path,label,place\na.png,Late,{place}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=found):
        adapt(folder.path, [tmp_path / "labels.csv"])


def test_a_name_that_no_folder_can_have_is_refused_before_anything_is_fitted(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "study")
    folder.write_json("verdict.json", {})
    (tmp_path / "labels.csv").write_text("path,label\na.png,Late\n", encoding="utf-8")
    with pytest.raises(UsageError, match="--place gives it 300 letters"):
        adapt(folder.path, [tmp_path / "labels.csv"], place="x" * 300)


def test_a_folder_whose_page_could_not_be_written_is_that_of_an_adaptation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StudyFolderError("The page must be written.", "The disk is full.", "Free some space.")

    monkeypatch.setattr(adaptation_page, "write_editions", full)
    with pytest.raises(StudyFolderError, match="full"):
        adaptation_page.write_adaptation(tmp_path, {"place": "north", "gates": {}, "kept": True}, "", [])
    adaptation_page.check_adaptation_folder(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["adaptation.json"]


def test_photos_of_two_folders_without_the_name_of_a_place_are_said(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "study")
    for name in ("north", "north/row 1", "south", "east"):
        note_folder(folder, tmp_path / name)

    def said(place: str, *photos: str) -> tuple[str, ...]:
        manifest = Manifest(str(tmp_path), tuple(Photo(one, one, "Late", 8, 8, one) for one in photos))
        return _of_folders(folder, LabelsOfPlace(place, (), ()), PlaceLabels(manifest, ()))

    (words,) = said("field", "north/row 1/a.jpg", "north/b.jpg", "south/c.jpg")
    assert f"of one place: '{tmp_path / 'south'}', '{tmp_path / 'north'}'." in words
    assert said("field", "north/row 1/a.jpg", "north/b.jpg", "elsewhere/c.jpg") == ()
    assert said("밭", "north/a.jpg", "south/c.jpg") == ()
