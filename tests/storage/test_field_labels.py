"""Labels from the field: written by the page, read from any spreadsheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafgraft.errors import LabelsError
from leafgraft.records.field_labels import CANNOT_TELL, NONE_OF_THESE, FieldLabel
from leafgraft.storage.field_labels import read_labels, read_own_labels, write_labels

TIME = "2026-05-04T09:12:33+09:00"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    labels = (
        FieldLabel('밭 1/잎,병든 "잎" 🍃.jpg', "역병", "민수", TIME, 'he said "late", twice'),
        FieldLabel("/elsewhere/b.jpg", NONE_OF_THESE, "Ana", TIME, ""),
        FieldLabel("b.jpg", CANNOT_TELL, "Ana", TIME, "=1+1"),
    )
    write_labels(tmp_path / "labels.csv", labels)
    assert (tmp_path / "labels.csv").read_bytes().startswith(b"path,label,labeller,time,note\n")
    assert read_labels(tmp_path / "labels.csv") == labels
    assert read_own_labels(tmp_path / "labels.csv") == labels


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ","), ("cp949", ";"), ("utf-16", "\t")])
def test_a_spreadsheet_may_have_saved_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = "Label,Path,farm\n역병,잎.jpg,3\n".replace(",", delimiter)
    (tmp_path / "labels.csv").write_bytes(text.encode(encoding))
    assert read_labels(tmp_path / "labels.csv") == (FieldLabel("잎.jpg", "역병"),)


def test_what_says_that_there_is_no_group_is_none(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("path,label,group\na.jpg,A,-\nb.jpg,A,?\nc.jpg,B,12.0\nd.jpg,B,12\n")
    assert [one.group for one in read_labels(tmp_path / "labels.csv")] == ["", "", "12", "12"]


def refused(path: Path, text: str, *parts: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LabelsError) as caught:
        read_labels(path)
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_faults_are_said_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    refused(path, "path,class\na.jpg,Healthy\n", "lacks label", "path, class")
    refused(path, "", "lacks path, label", "none")
    refused(path, "path,label\na.jpg,Healthy\nb.jpg,\n", "Line 3 has no label")
    refused(path, "path,label\n,Healthy\n", "Line 2 has no path")
    with pytest.raises(LabelsError, match="There is none"):
        read_labels(tmp_path / "absent.csv")


def test_one_labeller_gives_a_photo_one_answer(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    refused(path, "path,label\na.jpg,Healthy\nb.jpg,Healthy\na.jpg,Late\n", "Line 2", "line 4", "'Late'")
    refused(path, "path,label,labeller\na.jpg,Healthy,Ana\n./a.jpg,Late,Ana\n", "Line 2", "line 3", "by 'Ana'")
    refused(path, f"path,label\na.jpg,Healthy\n{tmp_path}/a.jpg,Late\n", "Line 2", "line 3")
    path.write_text("path,label\na.jpg,Healthy\n./a.jpg,Healthy\n", encoding="utf-8")
    assert read_labels(path) == (FieldLabel("a.jpg", "Healthy"),)


def test_two_labellers_may_disagree(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("path,label,labeller\na.jpg,Healthy,Ana\na.jpg,Late,Ben\n", encoding="utf-8")
    assert [one.label for one in read_labels(path)] == ["Healthy", "Late"]


def test_a_column_that_would_be_lost_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    assert read_own_labels(path) == ()
    path.write_text("path,label,farm\na.jpg,Healthy,3\n", encoding="utf-8")
    with pytest.raises(LabelsError, match="'farm', which would be lost"):
        read_own_labels(path)
