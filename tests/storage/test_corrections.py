"""corrections.csv: written as it is read, and refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafgraft.errors import LabelsError
from leafgraft.records.correction import Correction
from leafgraft.storage.corrections import (
    COLUMNS,
    corrections_taken,
    read_corrections,
    read_own_corrections,
    write_corrections,
)
from leafgraft.storage.files.event_log import EventLog

ROWS = (
    Correction("a/1.jpg", "역병", "", "relabel", "Ana", "2026-11-29T08:00:00+09:00", 'spots, "brown"'),
    Correction("b/잎 2.jpg", "", "", "exclude", "Ben"),
    Correction("a/1.jpg", "", "b/잎 2.jpg", "not_same_leaf"),
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    assert read_own_corrections(path) == ()
    write_corrections(path, ROWS)
    assert path.read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)
    assert read_corrections(path) == read_own_corrections(path) == ROWS
    assert [row.line for row in read_corrections(path)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a.jpg,,,relable", "Did you mean 'relabel'?"),
        ("a.jpg,,,", "It is empty"),
        (",,,exclude", "Its path is empty"),
        ("a.jpg,,,relabel", "Its label is empty"),
        ("a.jpg,,,same_leaf", "Write the path of the second photo into the column group"),
        ("a.jpg,,a.jpg,not_same_leaf", "Its group names the photo itself"),
    ],
)
def test_what_cannot_be_used_is_refused_by_line(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "c.csv").write_text(f"path,label,group,action\nb.jpg,,,keep\n{line}\n", encoding="utf-8")
    with pytest.raises(LabelsError) as caught:
        read_corrections(tmp_path / "c.csv")
    assert "Line 3 of" in str(caught.value)
    assert words in str(caught.value)


def test_columns_of_somebody_else_are_read_and_never_lost(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("Path;Action;mine\na.jpg;KEEP;x\n", encoding="utf-8")
    assert read_corrections(tmp_path / "c.csv") == (Correction("a.jpg"),)
    with pytest.raises(LabelsError, match="It has 'mine', which would be lost"):
        read_own_corrections(tmp_path / "c.csv")
    (tmp_path / "c.csv").write_text("path,label\na.jpg,x\n", encoding="utf-8")
    with pytest.raises(LabelsError, match="lacks action"):
        read_corrections(tmp_path / "c.csv")


@pytest.mark.parametrize(
    ("named", "own"),
    [
        ("/before/corrections.csv", True),
        (r"C:\Users\kim\before\corrections.csv", True),
        ("/media/usb/mine.csv", False),
        ("/media/usb/corrections.csv.bak", False),
        ("", False),
    ],
)
def test_a_file_of_another_name_that_is_gone_is_not_replaced(tmp_path: Path, named: str, *, own: bool) -> None:
    assert corrections_taken(tmp_path, named) == named
    (tmp_path / "corrections.csv").touch()
    assert corrections_taken(tmp_path, named) == (str(tmp_path / "corrections.csv") if own else named)


@pytest.mark.parametrize(("lay", "own"), [("/media/usb", True), ("/results/potato", False)])
def test_a_file_on_a_drive_that_is_away_is_not_replaced_by_that_of_the_study(
    tmp_path: Path, lay: str, *, own: bool
) -> None:
    (tmp_path / "corrections.csv").touch()
    EventLog(tmp_path / "log.jsonl").add("run started", folder=lay)
    taken = corrections_taken(tmp_path, "/media/usb/corrections.csv")
    assert taken == (str(tmp_path / "corrections.csv") if own else "/media/usb/corrections.csv")
