"""The label page of a zip that a phone gave back."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from leafgraft.errors import LabelsError
from leafgraft.records.command import typed
from leafgraft.records.progress import Silent
from leafgraft.study.commands.field.label import open_labelling


def packed(zipped: Path) -> Path:
    zipped.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(zipped, "w") as opened:
        opened.writestr("labels.csv", "path,label\n")
        opened.writestr("picks.csv", "path,suggested,probability,place\nunlabelled/a.jpg,Healthy,0.7,밭\n")
        opened.writestr("picks.json", '{"classes": ["Healthy", "Late"]}')
        with opened.open("unlabelled/a.jpg", "w") as file:
            Image.new("RGB", (24, 24), "green").save(file, "JPEG")
    return zipped


def test_photos_that_the_phone_left_without_a_label_are_shown(tmp_path: Path) -> None:
    zipped = packed(tmp_path / "밭.zip")
    for _ in range(2):  # the same command goes on where it was
        with open_labelling(zipped, labeller="Ana") as labelling:
            [photo] = labelling.sheet.photos
            assert (photo.suggested, photo.probability) == ("Healthy", 0.7)
            assert labelling.sheet.classes == ("Healthy", "Late")
            assert labelling.sheet.labels == tmp_path / "밭-labels.csv"
            assert (tmp_path / photo.path).is_file()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as opened:
        opened.writestr("labels.csv", "path,label\n")
    with open_labelling(zipped, labeller="Ana", place="뒷밭") as labelling:
        assert labelling.sheet.command == typed("adapt", "STUDY_DIR", tmp_path / "밭-labels.csv", "--place", "뒷밭")
    with pytest.raises(LabelsError, match="All were labelled on the phone"), open_labelling(tmp_path / "all.zip"):
        pass


def test_picks_of_two_places_in_one_folder_have_labels_of_their_own(tmp_path: Path) -> None:
    Image.new("RGB", (24, 24), "green").save(tmp_path / "a.png")
    found = {}
    for name in ("picks.csv", "picks-north.csv", "south.csv"):
        (tmp_path / name).write_text("path,suggested\na.png,Healthy\n", encoding="utf-8")
        with open_labelling(tmp_path / name, classes="Healthy,Late", labeller="Ana") as labelling:
            found[name] = labelling.sheet.labels.name
    assert found == {"picks.csv": "labels.csv", "picks-north.csv": "labels-north.csv", "south.csv": "south-labels.csv"}


def test_labels_of_one_table_are_not_those_of_its_copy(tmp_path: Path) -> None:
    Image.new("RGB", (24, 24), "green").save(tmp_path / "a.png")
    for name in ("picks.csv", "again.csv"):
        (tmp_path / name).write_text("path,suggested\na.png,Healthy\na.png,Late\n", encoding="utf-8")
    (tmp_path / "labels.csv").write_text("path,label,labeller,time,note\na.png,Late,Ana,,\n", encoding="utf-8")
    with open_labelling(tmp_path / "again.csv", classes="Healthy,Late", labeller="Ana") as labelling:
        assert labelling.sheet.labels.name == "again-labels.csv"


def test_labels_of_a_folder_do_not_go_on_in_those_of_a_table_beside_it(tmp_path: Path) -> None:
    (tmp_path / "north").mkdir()
    Image.new("RGB", (24, 24), "green").save(tmp_path / "north/a.png")
    (tmp_path / "labels.csv").write_text("path,label\nnorth/a.png,Late\n", encoding="utf-8")
    with open_labelling(tmp_path / "north", classes="Healthy,Late", labeller="Ana") as labelling:
        assert labelling.sheet.labels == tmp_path / "north-labels.csv"


@pytest.mark.parametrize("name", ["labels.csv", "north-labels.csv", "ana.tsv"])
def test_labels_are_not_labelled(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("path,label,labeller,time,note\na.png,Late,Ana,,\n", encoding="utf-8")
    with pytest.raises(LabelsError, match="It is a file of labels"), open_labelling(tmp_path / name):
        pass


def test_two_picks_that_may_be_one_photo_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir()
    for name in ("1.png", "2.png"):
        Image.new("RGB", (24, 24), "green").save(tmp_path / "A" / name)
    (tmp_path / "picks.csv").write_text("path\n/n/A/1.png\n/s/A/1.png\n/n/A/2.png\n/n/3.png\n", encoding="utf-8")
    told = Told()
    settings = {"classes": "Healthy,Late", "labeller": "Ana"}
    with open_labelling(tmp_path / "picks.csv", **settings, progress=told) as labelling:
        assert [one.file for one in labelling.sheet.photos] == [tmp_path / "A/2.png"]
        assert sorted(one.path for one in labelling.left_out) == ["/n/3.png", "/n/A/1.png", "/s/A/1.png"]
    assert told.lines == [
        "Paths of another machine, taken for photos here: 1; the first is '/n/A/2.png', here 'A/2.png'."
    ]


class Told(Silent):
    """What a person is told."""

    def __init__(self) -> None:
        self.lines = list[str]()

    def say(self, line: str) -> None:
        self.lines.append(line)


def test_a_zip_in_a_folder_that_cannot_be_written_is_unpacked_beside_the_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zipped = packed(tmp_path / "card" / "a.zip")
    monkeypatch.setattr(os, "access", lambda path, _mode: path != zipped.parent)
    with open_labelling(zipped, labeller="Ana", out=tmp_path / "labels.csv") as labelling:
        [photo] = labelling.sheet.photos
        assert (tmp_path / photo.path).is_file()
    assert sorted(one.name for one in zipped.parent.iterdir()) == ["a.zip"]


def test_the_contact_sheet_of_picks_is_no_photo_to_label(tmp_path: Path) -> None:
    (tmp_path / "field").mkdir()
    for name in ("a.png", "picks.jpg"):
        Image.new("RGB", (24, 24), "green").save(tmp_path / "field" / name)
    (tmp_path / "field/picks.csv").write_text("path,order,reason,suggested,probability\n", encoding="utf-8")
    with open_labelling(tmp_path / "field", classes="Healthy,Late", labeller="Ana") as labelling:
        assert [one.path for one in labelling.sheet.photos] == ["field/a.png"]
