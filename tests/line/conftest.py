"""A small finished study on drawn leaves, and a runner of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the tests share what two folders must have in common

STUDY = """
photos: {photos}
image_size: 48
weights: none
augmentation: [flip]
training: {{epochs: 2, patience: 2, batch_size: 16, views: 2, seeds: [0, 1]}}
recipes:
  - backbone: squeezenet1_1
    strategy: [frozen, {{gradual: {{unfreeze_at: 1}}}}]
{more}
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def leafgraft() -> Run:
    """Run the command in a process of its own, as a person does."""

    def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-m", "leafgraft", *(str(one) for one in arguments)]
        environment = {**os.environ, "COLUMNS": "80", "PYTHONWARNINGS": ""}
        command[1:3] = []
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=cwd)

    return run


@pytest.fixture
def write_study(drawn_leaves: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write a study file on the drawn leaves."""

    def write(more: str = "", photos: Path = drawn_leaves) -> Path:
        path = tmp_path / "small.yaml"
        path.write_text(STUDY.format(photos=photos, more=more), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def finished(drawn_leaves: Path, tmp_path_factory: pytest.TempPathFactory, leafgraft: Run) -> Path:
    """A study folder with two recipes, two seeds, test-time augmentation and an ensemble."""
    folder = tmp_path_factory.mktemp("finished")
    more = "tta: {views: 2}\nensembles: [{of: best, members: 2}]"
    (folder / "small.yaml").write_text(STUDY.format(photos=drawn_leaves, more=more), encoding="utf-8")
    done = leafgraft("run", folder / "small.yaml", "--out", folder / "study")
    assert done.returncode == 0, done.stderr
    return folder / "study"
