"""The reference pages hold what the code has: keys, defaults, files, findings, commands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import inserts
import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from shell_blocks import COMMANDS

from leafgraft.choices.menu import MENUS
from leafgraft.data.audit.check_list import CHECKS
from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.data.checks.classes import lg019_wide_interval
from leafgraft.data.checks.leaks import lg007_split_leak
from leafgraft.data.checks.pictures import lg008_small
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.storage.study_syntax import study_schema as schema

ROOT = Path(__file__).resolve().parents[2]
STUDY_FILE = (ROOT / "docs/reference/study-file.md").read_text(encoding="utf-8")
PARTS: dict[str, type[BaseModel]] = {
    "recipes": schema.RecipePart,
    "split": schema.SplitPart,
    "training": schema.TrainingPart,
    "ensembles": schema.EnsemblePart,
    "tta": schema.TtaPart,
}


def written(text: str, heading: str) -> dict[str, str]:
    """Keys and defaults in the table below a heading."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return {key: default.strip() for key, default in re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE)}


def defaults(part: type[BaseModel]) -> dict[str, Any]:
    """Keys and defaults of a part of the study file; of recipes they stand in the record."""
    if part is schema.RecipePart:
        recipe = Recipe(Choice(""))
        found = {name: getattr(recipe, name, None) for name in part.model_fields if name != "backbone"}
        named = {name: one.name if isinstance(one, Choice) else one for name, one in found.items()}
        return {"backbone": PydanticUndefined, **named}
    return {name: field.default for name, field in part.model_fields.items()}


def wrong(page: dict[str, str], code: dict[str, Any]) -> list[str]:
    """Keys that are in one of the two alone, and defaults that differ. Defaults in words are not compared."""
    found = sorted(set(page) ^ set(code))
    for name in sorted(set(page) & set(code)):
        text, default = page[name], code[name]
        nothing = default is None or default in ([], {}, ())
        if text.startswith("`") and yaml.safe_load(text.strip("`")) != default:
            found.append(f"{name} is {default}, not {text}")
        if (text == "none" and not nothing) or (text == "needed") != (default is PydanticUndefined):
            found.append(f"{name} is {default}, not {text}")
    return found


@pytest.mark.parametrize("heading", PARTS)
def test_the_study_file_page_has_every_key_with_its_default(heading: str) -> None:
    assert wrong(written(STUDY_FILE, heading), defaults(PARTS[heading])) == []


def test_the_study_file_page_has_every_key_of_the_top_level() -> None:
    own = {name: one for name, one in defaults(schema.StudyPart).items() if name not in schema.RECIPE_KEYS}
    assert wrong(written(STUDY_FILE, "Top level"), own) == []


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ({"a": "`1`"}, {}),
        ({}, {"a": 1}),
        ({"a": "`1`"}, {"a": 2}),
        ({"a": "none"}, {"a": [0]}),
        ({"a": "needed"}, {"a": 1}),
        ({"a": "`1`"}, {"a": PydanticUndefined}),
    ],
)
def test_planted_keys_are_found(page: dict[str, str], code: dict[str, Any]) -> None:
    assert wrong(page, code)


def test_the_page_of_findings_has_each_with_its_texts() -> None:
    page = inserts.findings()
    assert re.findall(r"^## (LG\d+)", page, re.MULTILINE) == [module.CODE for module in CHECKS]
    assert page.count("| why | ") == page.count("| to do | ") == len(CHECKS)


def test_what_depends_on_the_photos_is_left_open_and_constants_are_filled_in() -> None:
    assert inserts.read_finding(lg008_small)["what"] == "… photos have a side below 64 pixels"
    assert inserts.read_finding(lg019_wide_interval)["to do"].startswith("Test on about … photos for ±2 points")
    assert inserts.read_finding(lg007_split_leak)["severity"] == "error (or, in some cases: warning)"


def test_a_finding_says_on_the_page_what_it_says_in_the_audit() -> None:
    photos = tuple(Photo(f"{number}", f"{number}.jpg", "a", 16, 16, f"{number}") for number in range(4))
    finding = lg008_small.check(AuditInputs(Manifest("", photos), ()))
    assert finding is not None
    said = inserts.read_finding(lg008_small)
    assert (said["severity"], said["why"], said["to do"]) == (finding.severity, finding.why, finding.mend)
    assert said["what"].replace("…", "4") == finding.title


def test_the_page_of_commands_has_every_command_and_option() -> None:
    page = inserts.commands()
    assert re.findall(r"^## leafgraft (\w+)$", page, re.MULTILINE) == list(COMMANDS)
    for command in COMMANDS.values():
        for one in command.params:
            assert all(f"{option}" in page for option in one.opts if option.startswith("-"))


def test_the_page_of_menus_has_every_entry() -> None:
    page = inserts.menus()
    listed = re.findall(r"^### `([^`]+)`$", page, re.MULTILINE)
    assert listed == [name for menu in MENUS.values() for name in menu]
