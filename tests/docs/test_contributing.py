"""CONTRIBUTING.md, followed literally: its files and lines put into a copy of the package, its checks run on that."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leafgraft.data.drawn.faults import Faults
from leafgraft.data.drawn.sample import draw_sample

ROOT = Path(__file__).resolve().parents[2]
STEP = re.compile(r"`((?:src|tests)/[\w/]+\.py)`[^`]*:\n\n```(python|diff)\n(.*?)```", re.DOTALL)
IGNORED = shutil.ignore_patterns("__pycache__", "vendor", "*.egg-info")

STUDY = """
photos: leaves
image_size: 32
weights: none
training: {epochs: 1, batch_size: 16, views: 0}
recipes:
  - backbone: shufflenet_v2_x1_0
    strategy: frozen
    loss: [cross_entropy, {brier: {power: 1.5}}]
"""
Follow = Callable[..., Path]


def steps() -> list[tuple[str, str, str]]:
    """Path, kind of block and text of every step, in the order of the page."""
    return STEP.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))


def add_line(text: str, diff: str) -> str:
    """Apply a difference of one known line and one added one."""
    known, added = diff.splitlines()
    assert known.startswith(" ")
    assert added.startswith("+")
    assert text.count(f"\n{known[1:]}\n") == 1, f"not one line of the file is: {known}"
    return text.replace(f"\n{known[1:]}\n", f"\n{known[1:]}\n{added[1:]}\n")


@pytest.fixture(scope="module")
def follow(tmp_path_factory: pytest.TempPathFactory) -> Follow:
    """A copy of the package and its tests with the steps of the page done, with or without those of one line."""

    def make(*, lines: bool) -> Path:
        copy = tmp_path_factory.mktemp("copy")
        for folder in ("src", "tests"):
            shutil.copytree(ROOT / folder, copy / folder, ignore=IGNORED)
        shutil.copy(ROOT / "pyproject.toml", copy)
        for name, kind, text in steps():
            path = copy / name
            if kind == "python":
                assert not path.exists(), f"{name} is there already: the page needs another example"
                path.write_text(text, encoding="utf-8")
            elif lines:
                path.write_text(add_line(path.read_text(encoding="utf-8"), text), encoding="utf-8")
        return copy

    return make


@pytest.fixture(scope="module")
def followed(follow: Follow) -> Path:
    return follow(lines=True)


def run(copy: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", *(str(one) for one in arguments)]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def offered(copy: Path) -> set[str]:
    menus = json.loads(run(copy, "leafgraft", "menu", "--json").stdout)
    return {"brier", "shufflenet_v2_x1_0"} & {entry["name"] for kind in menus.values() for entry in kind}


def test_each_of_the_three_is_one_file_and_one_line() -> None:
    assert [(name.split("/")[-2], kind) for name, kind, _ in steps()] == [
        *(("losses", "python"), ("choices", "diff")),
        *(("backbones", "python"), ("backbones", "diff")),
        *(("pictures", "python"), ("audit", "diff"), ("pictures", "python")),
    ]


def test_the_menus_offer_what_was_added(followed: Path) -> None:
    assert offered(followed) == {"brier", "shufflenet_v2_x1_0"}


def test_without_its_line_nothing_is_added(follow: Follow) -> None:
    assert offered(follow(lines=False)) == set()


def test_what_was_added_passes_the_contracts(followed: Path) -> None:
    chosen = ["-k", "brier or shufflenet_v2_x1_0 or lg099 or every_finding_has_its_own_test"]
    places = ["tests/contracts", "tests/reference/test_backbones_against_torchvision.py", "tests/data/checks"]
    done = run(followed, "pytest", "-q", "-p", "no:cacheprovider", *chosen, *places, "tests/house/test_guards.py")
    assert done.returncode == 0, done.stdout
    counted = re.search(r"(\d+) passed", done.stdout)
    assert counted
    assert int(counted[1]) >= 18  # 6 of the loss, 9 of the backbone, 2 of the finding, 1 of the house


def test_what_was_added_is_written_as_the_house_wants(followed: Path) -> None:
    written = [name for name, kind, _ in steps() if kind == "python"]
    for check in (["check"], ["format", "--check"]):
        done = run(followed, "ruff", *check, "--no-cache", *written)
        assert done.returncode == 0, done.stdout


def test_a_study_trains_what_was_added(followed: Path, tmp_path: Path) -> None:
    draw_sample(tmp_path / "leaves", photos_per_class=20, side=64, seed=0, faults=Faults(dark=3))
    study = tmp_path / "added.yaml"
    study.write_text(STUDY, encoding="utf-8")
    done = run(followed, "leafgraft", "run", study, "--out", tmp_path / "study", "--quiet")
    assert done.returncode == 0, done.stderr
    evaluation = json.loads((tmp_path / "study/evaluation.json").read_text(encoding="utf-8"))
    assert len(evaluation["recipes"]) == 2
    assert any("brier" in one["name"] for one in evaluation["recipes"])
    audit = json.loads((tmp_path / "study/audit.json").read_text(encoding="utf-8"))
    assert "LG099" in {finding["code"] for finding in audit["findings"]}
