"""docs/map.md names files and functions that are there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"^\| (?P<question>.+) \| `(?P<file>[\w/]+\.py)` \| `(?P<name>[\w.]+)` \|$")


def lines_of(text: str) -> list[tuple[str, str, str]]:
    """Question, file and name of each line of the tables."""
    rows = [line for line in text.splitlines() if line.startswith("| ") and "?" in line]
    found = [LINE.match(row) for row in rows]
    assert all(found), [row for row, match in zip(rows, found, strict=True) if not match]
    return [(match["question"], match["file"], match["name"]) for match in found if match]


def names_in(source: str) -> Iterator[str]:
    """Functions, classes and methods of a module."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{one.name}" for one in node.body if isinstance(one, ast.FunctionDef))


LINES = lines_of((ROOT / "docs" / "map.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("question", "file", "name"), LINES, ids=[name for _, _, name in LINES])
def test_a_line_of_the_map_leads_somewhere(question: str, file: str, name: str) -> None:
    path = ROOT / "src" / "leafgraft" / file
    assert path.is_file(), f"{question} {file} is gone"
    assert name in set(names_in(path.read_text(encoding="utf-8"))), f"{question} {name} is not in {file}"


def test_the_map_answers_forty_questions() -> None:
    assert len(LINES) >= 40


def test_a_line_that_cannot_be_read_is_found() -> None:
    with pytest.raises(AssertionError, match="not a file"):
        lines_of("| Where is it? | not a file | `name` |")
