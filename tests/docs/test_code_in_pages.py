"""Study files and Python in the pages are what they say: keys and choices are known, imports lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from shell_blocks import FENCE, ROOT, fault, pages

from leafgraft.errors import LeafgraftError
from leafgraft.storage.study_file import load_study
from leafgraft.study.trial_list import resolve_recipes

PARTS = {"photos": "leaves", "recipes": [{"backbone": "squeezenet1_1"}]}  # what a page may leave out
IMPORT = re.compile(r"^(?:from leafgraft\S* import .+|import leafgraft\S*)$", re.MULTILINE)
QUOTED = re.compile(r"`(leafgraft [a-z][^`\n]*)`")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(language: str) -> list[tuple[str, str]]:
    """Page and text of every block of a language."""
    return [
        (name(page), body)
        for page in pages()
        for found, _, body in FENCE.findall(page.read_text(encoding="utf-8"))
        if found == language
    ]


def check_study(text: str, folder: Path) -> None:
    """Load a study file that a page shows, whole or in part, and check its recipes against the menus."""
    path = folder / "shown.yaml"
    path.write_text(yaml.safe_dump({**PARTS, **yaml.safe_load(text)}), encoding="utf-8")
    resolve_recipes(load_study(path))


@pytest.mark.parametrize(("page", "text"), blocks("yaml"))
def test_study_files_load(page: str, text: str, tmp_path: Path) -> None:
    check_study(text, tmp_path)


@pytest.mark.parametrize("text", ["photo: x", "training: {epoch: 3}", "recipes: [{backbone: resnet19}]", "loss: brier"])
def test_planted_study_files_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(LeafgraftError):
        check_study(text, tmp_path)


@pytest.mark.parametrize(("page", "text"), blocks("python"))
def test_python_compiles_and_its_imports_lead_somewhere(page: str, text: str) -> None:
    compile(text, page, "exec")
    if page != "CONTRIBUTING.md":  # what it adds is tested in a copy
        for line in IMPORT.findall(text):
            exec(line, {})


def test_planted_import_is_found() -> None:
    (line,) = IMPORT.findall("import numpy\nfrom leafgraft.web import nothing_there\n")
    with pytest.raises(ImportError):
        exec(line, {})


def test_messages_name_commands_that_exist() -> None:
    """Texts in the code that tell a person what to type."""
    found = []
    for path in sorted((ROOT / "src/leafgraft").rglob("*.py")):
        for line in QUOTED.findall(path.read_text(encoding="utf-8")):
            plain = re.sub(r"\{[^}]*\}", "x", line)
            found += [f"{path.name}: {said}" for said in [fault(plain, whole=False)] if said]
    assert found == []
