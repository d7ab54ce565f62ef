"""The page of the study folder names every file that a run leaves."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/study-folder.md"


def unnamed(folder: Path, text: str) -> list[str]:
    """Files of a study folder that the page does not name; of a folder that ends with / all that is in it."""
    listed = set(re.findall(r"`([^`]+)`", text))
    named = [one.replace("NAME", ".+") for one in listed if "NAME" in one]
    whole = tuple(one for one in listed if one.endswith("/") and one not in {"bundle/", "trials/KEY/"})
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = path.relative_to(folder).as_posix()
        inside = name.split("/", 1)[-1].startswith(whole)
        if name not in listed and path.name not in listed and not inside:
            found += [] if any(re.fullmatch(one, path.name) for one in named) else [name]
    return found


def test_every_file_that_a_run_leaves_is_named(finished: Path) -> None:
    assert unnamed(finished, PAGE.read_text(encoding="utf-8")) == []


def test_planted_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "trials/a-s0-f0").mkdir(parents=True)
    (tmp_path / "trials/a-s0-f0/done").write_text("")
    (tmp_path / "trials/a-s0-f0/also_test-field.npz").write_text("")
    (tmp_path / "surprise.json").write_text("{}")
    assert unnamed(tmp_path, "`done`, `also_test-NAME.npz`") == ["surprise.json"]
