"""The commands of the page are commands of the command line, and say what they say there."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.main import get_command

from leafgraft.cli.main import app
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.opening import steps
from leafgraft.web.opening.asked import Asked

FOLDER = StudyFolder(Path("/my results"))
OF_PHOTOS = Asked("/잎 사진", "hour", "/c.csv")
OF_A_FILE = Asked("/potato.yaml", "", "/c.csv")


def every(asked: Asked) -> list[steps.Step]:
    makers = (steps.audit, steps.run, steps.review)
    made = [make(FOLDER, asked) for make in makers] + [steps.plan(asked), steps.pick(FOLDER, Path("/field"))]
    of_places = [make(FOLDER, place) for make in (steps.adapt, steps.phone, steps.try_out) for place in ("", "밭")]
    return [*made, steps.label(FOLDER), *of_places]


@pytest.mark.parametrize("step", [*every(OF_PHOTOS), *every(OF_A_FILE)], ids=lambda step: step.shown)
def test_the_command_line_takes_every_command(step: steps.Step) -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    name, *words = step.words
    assert commands[name].make_context(name, words).params


def test_words_are_shown_as_a_shell_takes_them() -> None:
    assert steps.run(FOLDER, OF_PHOTOS).shown == (
        "leafgraft run '/잎 사진' --preset hour --out '/my results' --corrections /c.csv"
    )


def test_a_study_file_names_preset_and_corrections_itself() -> None:
    assert steps.run(FOLDER, OF_A_FILE).words == ("run", "/potato.yaml", "--out", "/my results")
    assert steps.presets_of(OF_A_FILE) == ("",)
    assert steps.plan(OF_A_FILE).kept == "open/plan-study.json"


def test_a_review_goes_on_in_the_file_that_the_study_takes() -> None:
    assert "--out" not in steps.review(FOLDER, OF_PHOTOS).words
    assert "/my results/corrections.csv" in steps.review(FOLDER, Asked("/a")).words
