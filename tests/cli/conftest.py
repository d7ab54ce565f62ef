"""The command line in this process, on drawn leaves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from leafgraft.cli.main import app

STUDY = """photos: {photos}
image_size: 32
weights: none
augmentation: []
training: {{epochs: 1, patience: 1, batch_size: 32, seeds: [0]}}
recipes:
  - backbone: squeezenet1_1
    strategy: frozen
{more}
"""

Cli = Callable[..., Result]


@pytest.fixture(scope="session")
def cli() -> Cli:
    """Run a command as a person would type it."""

    def run(*arguments: object) -> Result:
        return CliRunner(env={"COLUMNS": "80"}).invoke(app, [str(one) for one in arguments])

    return run


@pytest.fixture
def study_of(tmp_path: Path, drawn_leaves: Path) -> Callable[..., Path]:
    """Write a study file of one quick recipe."""

    def write(more: str = "", photos: Path | str = drawn_leaves, name: str = "study.yaml") -> Path:
        path = tmp_path / name
        path.write_text(STUDY.format(photos=photos, more=more), encoding="utf-8")
        return path

    return write


@pytest.fixture
def leaves(tmp_path: Path, drawn_leaves: Path) -> Path:
    """A copy of the drawn leaves to spoil."""
    return Path(shutil.copytree(drawn_leaves, tmp_path / "leaves"))


@pytest.fixture(scope="session")
def words() -> Callable[[Result, int], str]:
    """What a command said when it refused: three parts, the right exit code, no traceback, no unknown case."""

    def read(result: Result, code: int) -> str:
        assert result.exit_code == code, (result.exit_code, result.stderr, result.exception)
        text = " ".join(result.stderr.split())
        for part in ("Error:", "found:", "to do:"):
            assert part in text
        for part in ("Traceback", "Warning", "does not know"):
            assert part not in text
        assert not result.stdout
        return text

    return read
