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
from leafgraft.data.drawn.leaf import CLASSES
from leafgraft.evaluation.field.thresholds import LEAST_TAUGHT, LEAST_UNLABELLED
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.storage.study_syntax import study_schema as schema
from leafgraft.storage.trial_folder import TrialFolder
from leafgraft.training.workers.jobs import MOST_TRIES

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


@pytest.mark.parametrize(
    ("heading", "key"), [("split", "folds"), ("ensembles", "members"), ("ensembles", "share"), ("tta", "views")]
)
def test_the_study_file_page_has_bounds_where_numbers_have_two(heading: str, key: str) -> None:
    (told,) = re.findall(rf"^\| `{key}` \|.*", STUDY_FILE.partition(f"\n## {heading}\n")[2], re.MULTILINE)[:1]
    bounds = re.findall(r"[gl]e=(\d+)", str(PARTS[heading].model_fields[key]))
    assert " to ".join(bounds) in told


def test_the_page_names_optimizers_with_a_rate_of_their_own() -> None:
    others = [one.name for one in MENUS["optimizers"].values() if one.rate_factor != 1]
    assert others
    assert [name for name in others if f"`{name}`" not in written(STUDY_FILE, "recipes")["learning_rate"]] == []


@pytest.mark.parametrize(
    ("files", "page", "least"), [("src/**/*.py", "reference/commands.md", 8), ("scripts/*", "how-to/install.md", 1)]
)
def test_the_pages_name_every_variable_of_the_environment(files: str, page: str, least: int) -> None:
    code = "".join(one.read_text("utf-8") for one in ROOT.glob(files) if one.is_file())
    read = set(re.findall(r"LEAFGRAFT_[A-Z_]*[A-Z]|RAY_ADDRESS|MLFLOW_TRACKING_URI", code))
    assert len(read) >= least
    told = (ROOT / "docs" / page).read_text("utf-8")
    assert [name for name in sorted(read) if f"{name}`" not in told] == []


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


@pytest.mark.parametrize("page", ["README.md", "README.ko.md"])
def test_the_readme_names_every_network_that_is_fetched_without_a_study_file(page: str) -> None:
    blocks = yaml.safe_load((ROOT / "studies/minutes.yaml").read_text("utf-8"))["recipes"]
    named = [block["backbone"] for block in blocks]
    networks = {name for one in named for name in (one if isinstance(one, list) else [one])}
    (told,) = [one for one in (ROOT / page).read_text("utf-8").split("\n\n") if "$LEAFGRAFT_WEIGHTS" in one]
    assert len(networks) == 3
    assert [name for name in sorted(networks) if f"`{name}`" not in told] == []


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("reference/commands.md", f"both take {LEAST_TAUGHT} of them that show a leaf"),
        ("reference/commands.md", f"From {LEAST_UNLABELLED} on"),
        ("cluster.md", {3: "twice at most"}[MOST_TRIES]),  # the third loss ends the trial
    ],
)
def test_pages_say_the_numbers_that_the_code_has(page: str, words: str) -> None:
    assert words in (ROOT / "docs" / page).read_text("utf-8")


def test_the_page_of_the_study_folder_has_every_file_of_a_trial() -> None:
    page = (ROOT / "docs/reference/study-folder.md").read_text("utf-8").partition("\n## trials/KEY\n")[2]
    trial = TrialFolder(Path("KEY"))
    for path in (trial.weights, trial.checkpoint, trial.predictions, trial.history):
        assert f"| `{path.name}` |" in page.partition("\n## ")[0]


def test_the_tutorial_leaves_photos_for_a_second_round_of_picks() -> None:
    page = (ROOT / "docs/tutorial.md").read_text("utf-8")
    (of_a_class,) = re.findall(r"sample field --photos-per-class (\d+)", page)
    (picked,) = re.findall(r"pick results/first field --count (\d+)", page)
    assert int(picked) < int(of_a_class) * len(CLASSES)


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
