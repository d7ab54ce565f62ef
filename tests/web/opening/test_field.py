"""What is picked and labelled of a place stays with it, and what phones gave back with what they labelled."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from leafgraft.errors import LabelsError
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.opening import field, steps

LABELS = "path,label,labeller,time,note\n"


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path / "study")


def pack(path: Path, labelled: int, unlabelled: int = 0) -> Path:
    """A zip of the phone page; the same photos give the same bytes, whatever the time (`ZipInfo` has a fixed one)."""
    with zipfile.ZipFile(path, "w") as opened:
        rows = "".join(f"photos/{one}.jpg,Healthy,,,\n" for one in range(labelled))
        opened.writestr(zipfile.ZipInfo("labels.csv"), LABELS + rows)
        for one in range(unlabelled):
            opened.writestr(zipfile.ZipInfo(f"unlabelled/{one}.jpg"), b"")
    return path


def test_each_place_has_picks_and_labels_of_its_own(folder: StudyFolder) -> None:
    assert field.places_of(folder) == [""]
    for place, photos in (("A", ("/a/1.jpg", "/a/2.jpg")), ("밭", ("/b/1.jpg",))):
        out = steps.pick(folder, place, Path("/x")).words[-1]
        assert steps.label(folder, place).words[1] == out
        folder.write_text(Path(out).name, "path,order\n" + "".join(f"{one},1\n" for one in photos))
    (labels_of_a,) = [steps.label(folder, "A").words[3]]
    folder.write_text(Path(labels_of_a).name, f"{LABELS}/a/1.jpg,Healthy,,,\n")
    assert field.look_at_place(folder, "A") == {"picks": 2, "labelled": 1, "labels": 1, "phone": 0}
    assert field.look_at_place(folder, "밭") == {"picks": 1, "labelled": 0, "labels": 0, "phone": 0}
    assert labels_of_a in steps.adapt(folder, "A").words
    assert labels_of_a not in steps.adapt(folder, "밭").words
    os.utime(folder.file("picks-A.csv"), (1, 1))
    assert field.places_of(folder) == ["밭", "A", ""]


def test_photos_that_are_picked_now_and_labelled_are_counted_once_each(folder: StudyFolder) -> None:
    folder.write_text("picks.csv", "path,order\n/a/1.jpg,1\n/a/2.jpg,2\n")
    rows = ("/a/1.jpg,Healthy,Ana", "/a/1.jpg,Late,Ben", "/earlier/9.jpg,Late,Ana")
    folder.write_text("labels.csv", LABELS + "".join(f"{one},,\n" for one in rows))
    assert field.look_at_place(folder, "") == {"picks": 2, "labelled": 1, "labels": 2, "phone": 0}


def test_what_a_phone_labelled_is_adapted_with(folder: StudyFolder, tmp_path: Path) -> None:
    assert field.take_zip(folder, "밭", pack(tmp_path / "a.zip", 3, 1))
    for _ in range(2):
        assert not field.take_zip(folder, "밭", pack(tmp_path / "b.zip", 2))
    assert field.look_at_place(folder, "밭") == {"picks": 0, "labelled": 0, "labels": 0, "phone": 5}
    assert field.look_at_place(folder, "")["phone"] == 0
    parcels = tuple(str(one) for one in field.parcels_of(folder, "밭"))
    assert [Path(one).name[:2] for one in parcels] == ["a-", "b-"]
    assert steps.adapt(folder, "밭").words == ("adapt", str(folder.path), *parcels, "--place", "밭")
    folder.write_text("labels-밭.csv", LABELS)
    assert steps.adapt(folder, "밭").words[2:5] == (str(folder.file("labels-밭.csv")), *parcels)
    assert field.places_of(folder)[0] == "밭"


def test_another_zip_is_refused(folder: StudyFolder, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("no zip", encoding="utf-8")
    with pytest.raises(LabelsError, match="damaged, cut or no zip"):
        field.take_zip(folder, "", tmp_path / "a.zip")
    assert not folder.file(field.PARCELS).exists()
