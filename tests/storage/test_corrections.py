"""corrections.csv: read from any spreadsheet, and refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafgraft.errors import LabelsError
from leafgraft.records.correction import Correction
from leafgraft.storage.corrections import read_corrections


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


def test_columns_of_somebody_else_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("Path;Action;mine\na.jpg;KEEP;x\n", encoding="utf-8")
    assert read_corrections(tmp_path / "c.csv") == (Correction("a.jpg"),)
    (tmp_path / "c.csv").write_text("path,label\na.jpg,x\n", encoding="utf-8")
    with pytest.raises(LabelsError, match="lacks action"):
        read_corrections(tmp_path / "c.csv")
