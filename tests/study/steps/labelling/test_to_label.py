"""Picks and folders as a person may hand them to the label page."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from leafgraft.errors import LabelsError, LeafgraftError, PhotosError, StudyFolderError, UsageError
from leafgraft.study.commands.field.label import Labelling, open_labelling

HEADER = "path,order,reason,suggested,probability\n"


def photos(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (30, 20), (60, 160, 60)).save(folder / name, "JPEG")
    return folder


def table(path: Path, rows: str, header: str = HEADER) -> Path:
    path.write_text(header + rows, encoding="utf-8")
    return path


def opened(source: Path, **settings: object) -> Labelling:
    with open_labelling(source, **{"labeller": "Ana", **settings}) as labelling:
        return labelling


def refused(source: Path, error: type[LeafgraftError], *parts: str, **settings: object) -> None:
    with pytest.raises(error) as caught:
        opened(source, **settings)
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_picks_are_shown_in_their_order_with_their_suggestions(tmp_path: Path) -> None:
    photos(tmp_path, "far/a.jpg", "b.jpg", "c, 잎.jpg")
    rows = 'far/a.jpg,3,typical,Late,0.5\n"c, 잎.jpg",1,random,Early,\n./b.jpg,2,,,0.25\nb.jpg,9,typical,Late,0.1\n'
    sheet = opened(table(tmp_path / "picks.csv", rows)).sheet
    assert [one.path for one in sheet.photos] == ["c, 잎.jpg", "b.jpg", "far/a.jpg"]
    assert [(one.suggested, one.probability) for one in sheet.photos] == [("Early", None), ("", 0.25), ("Late", 0.5)]
    assert sheet.classes == ("Early", "Late")
    assert sheet.labels == tmp_path / "labels.csv"


def test_a_table_of_paths_alone_will_do(tmp_path: Path) -> None:
    photos(tmp_path, "b.jpg", "a.jpg")
    source = table(tmp_path / "list.csv", "b.jpg,3\na.jpg,4\n", "Path,farm\n")
    sheet = opened(source, classes=' Healthy , "Leaf, mould",역병').sheet
    assert [one.path for one in sheet.photos] == ["b.jpg", "a.jpg"]
    assert sheet.classes == ("Healthy", "Leaf, mould", "역병")


def test_the_file_beside_the_picks_names_classes_and_study(tmp_path: Path) -> None:
    source = table(photos(tmp_path, "a.jpg") / "picks.csv", "a.jpg,1,typical,Late,0.5\n")
    beside = {"classes": ["Healthy", "Late", "Early"], "study": "results/potato", "more": 1}
    (tmp_path / "picks.json").write_text(json.dumps(beside), encoding="utf-8")
    sheet = opened(source).sheet
    assert (sheet.classes, sheet.study) == (("Healthy", "Late", "Early"), "results/potato")
    assert opened(source, classes="A,B").sheet.classes == ("A", "B")
    (tmp_path / "picks.json").write_text('{"classes": "Healthy"}', encoding="utf-8")
    refused(source, LabelsError, "picks.json", "--classes")


def test_paths_are_relative_to_the_labels_or_absolute(tmp_path: Path) -> None:
    source = table(photos(tmp_path / "in", "deep/a.jpg", "=b.jpg") / "picks.csv", "deep/a.jpg,1,,,\n=b.jpg,2,,,\n")
    named = {"classes": "A,B"}
    assert [one.path for one in opened(source, **named).sheet.photos] == ["deep/a.jpg", "./=b.jpg"]
    above = opened(source, out=tmp_path / "labels.csv", **named)
    assert [one.path for one in above.sheet.photos] == ["in/deep/a.jpg", "in/=b.jpg"]
    away = opened(source, out=tmp_path / "away" / "labels.csv", **named)
    assert away.sheet.photos[0].path == str(tmp_path / "in/deep/a.jpg")
    absolute = table(tmp_path / "picks.csv", f"{tmp_path}/in/deep/a.jpg,1,,,\n")
    assert opened(absolute, **named).sheet.photos[0].path == "in/deep/a.jpg"


def test_a_name_in_another_unicode_form_is_found(tmp_path: Path) -> None:
    photos(tmp_path, unicodedata.normalize("NFD", "잎.jpg"))
    source = table(tmp_path / "picks.csv", "잎.jpg,1,typical,Late,0.5\n")
    (photo,) = opened(source, classes="A,B").sheet.photos
    assert photo.file.is_file()
    assert photo.path == "잎.jpg"


def test_of_a_folder_every_photo_that_can_be_read_is_shown(tmp_path: Path) -> None:
    folder = photos(tmp_path / "my field", "b.jpg", "one/a.jpg", "한글/c.jpg", "unnamed")
    (folder / "notes.txt").write_text("no photo")
    (folder / "damaged.jpg").write_bytes((folder / "b.jpg").read_bytes()[:200])
    (folder / "empty.png").write_bytes(b"")
    labelling = opened(folder, classes="Healthy,Late")
    shown = [one.path for one in labelling.sheet.photos]
    assert shown == [f"my field/{name}" for name in ("b.jpg", "one/a.jpg", "unnamed", "한글/c.jpg")]
    assert [one.path for one in labelling.left_out] == ["my field/damaged.jpg", "my field/empty.png"]
    assert all(one.suggested == "" for one in labelling.sheet.photos)
    labelling.answers.save(0, "Late", "")
    assert labelling.sheet.labels == tmp_path / "my field-labels.csv"
    assert labelling.sheet.labels.is_file()
    assert not list(folder.glob("*.csv"))


def test_a_photo_that_is_gone_is_named_and_not_shown(tmp_path: Path) -> None:
    source = table(photos(tmp_path, "a.jpg") / "picks.csv", "a.jpg,1,,Late,\ngone.jpg,2,,Early,\n")
    labelling = opened(source)
    assert [one.path for one in labelling.sheet.photos] == ["a.jpg"]
    assert [(one.path, one.reason) for one in labelling.left_out] == [("gone.jpg", "there is no such file")]
    (tmp_path / "a.jpg").unlink()
    refused(source, PhotosError, "2 files cannot be shown", "a.jpg: there is no such file")


def test_fewer_than_two_classes_are_refused(tmp_path: Path) -> None:
    source = table(photos(tmp_path, "a.jpg") / "picks.csv", "a.jpg,1,typical,Late,0.5\n")
    refused(source, UsageError, "picks.csv' suggests one, 'Late'", "--classes 'Healthy,Late blight'")
    refused(source, UsageError, "--classes has one, 'A'", classes="A,")
    refused(tmp_path, UsageError, "A folder tells none", "--classes")
    refused(source, UsageError, "'A' is named twice", classes="A,B,A")
    refused(source, UsageError, "'Cannot tell' is an answer of its own", classes="A,B,Cannot tell")


def test_tables_that_cannot_be_used_are_refused_by_line(tmp_path: Path) -> None:
    source = photos(tmp_path, "a.jpg") / "picks.csv"
    refused(table(source, "a.jpg,first,,Late,\n"), LabelsError, "order", "line 2", "'first'")
    refused(table(source, "a.jpg,1,,Late,sure\n"), LabelsError, "probability", "line 2", "'sure'")
    refused(table(source, "a.jpg,1,,Late,\n,2,,Early,\n"), LabelsError, "Line 3 lacks it")
    refused(table(source, "a.jpg\n", "photo\n"), LabelsError, "must have the column path")
    refused(table(source, "a.jpg,1,,Late,\n"), UsageError, "is both", out=source, classes="A,B")
    refused(tmp_path / "absent.csv", UsageError, "no such file or folder")
    refused(table(source, ""), PhotosError, "There is none", classes="A,B")


def test_a_second_page_on_one_labels_file_is_refused(tmp_path: Path) -> None:
    source = table(photos(tmp_path, "a.jpg") / "picks.csv", "a.jpg,1,,Late,\n")
    with open_labelling(source, classes="A,B"):
        words = ("Labels file", "takes one label page at a time", "Process ", "has held it since")
        refused(source, StudyFolderError, *words, classes="A,B", labeller="Ben")
        assert opened(source, classes="A,B", out=tmp_path / "other.csv")
    assert opened(source, classes="A,B")
