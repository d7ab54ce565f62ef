"""The commands of the page are commands of the command line, and say what they say there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from typer.main import get_command

from leafgraft.cli.main import app
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.opening import steps
from leafgraft.web.opening.asked import Asked, read_asked

FOLDER = StudyFolder(Path("/my results"))
OF_PHOTOS = Asked("/잎 사진", "hour", "/c.csv")
OF_A_FILE = Asked("/potato.yaml", "", "/c.csv")


def every(asked: Asked) -> list[steps.Step]:
    makers = (steps.audit, steps.run, steps.review)
    made = [make(FOLDER, asked) for make in makers] + [
        steps.plan(FOLDER, asked),
        steps.pick(FOLDER, "", Path("/field")),
    ]
    for_a_place = (steps.label, steps.adapt, steps.phone, steps.try_out)
    return [*made, *(make(FOLDER, place) for make in for_a_place for place in ("", "밭"))]


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
    assert steps.plan(FOLDER, OF_A_FILE).kept == "open/plan-study.json"


def test_a_review_goes_on_in_the_file_that_the_study_takes() -> None:
    assert steps.review(FOLDER, OF_PHOTOS).words[2:4] == ("--out", "/c.csv")


def test_a_review_keeps_its_file_once_answers_stand_in_it(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    first = steps.review(folder, read_asked(folder))
    assert first.words[2:4] == ("--out", str(tmp_path / "corrections.csv"))
    folder.write_text("corrections.csv", "path,label,group,action\n")
    assert steps.review(folder, read_asked(folder)) == first


def test_corrections_of_the_page_go_with_a_study_file_too(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.write_json("run.json", {"asked": "/potato.yaml"})
    folder.write_text("corrections.csv", "path,label,group,action\n")
    asked = read_asked(folder)
    for step in (steps.run(folder, asked), steps.audit(folder, asked), steps.plan(folder, asked)):
        assert ("--corrections", str(tmp_path / "corrections.csv")) in pairwise(step.words)


def test_corrections_that_an_earlier_run_took_go_with_it_however_the_folder_is_called(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "link").symlink_to(own)
    folder = StudyFolder(tmp_path / "link")
    folder.write_text("corrections.csv", "path,label,group,action\n")
    asked = replace(OF_A_FILE, corrections=str(own / "corrections.csv"))
    assert ("--corrections", str(own / "corrections.csv")) in pairwise(steps.run(folder, asked).words)


def test_a_place_without_a_name_keeps_the_one_that_it_was_adapted_as(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.write_text("labels.csv", "path,label\n")
    assert "--place" not in steps.adapt(folder, "").words
    folder.write_json("adaptation/field/adaptation.json", {})
    assert steps.adapt(folder, "").words[-2:] == ("--place", "field")
    assert steps.adapt(folder, "밭").words[-2:] == ("--place", "밭")
    assert ("--place", "밭") in pairwise(steps.label(folder, "밭").words)
    assert "--place" not in steps.label(folder, "").words


@pytest.mark.parametrize("serve", [steps.phone, steps.try_out])
@pytest.mark.parametrize("place", ["", "밭"])
def test_a_phone_page_shows_the_bundle_as_it_is_now(
    tmp_path: Path, serve: Callable[..., steps.Step], place: str
) -> None:
    folder = StudyFolder(tmp_path)
    folder.write_json(f"{'adaptation/밭/' if place else ''}bundle/bundle.json", {})
    first = serve(folder, place)
    assert serve(folder, place) == first
    os.utime(steps.bundle_of(folder, place) / "bundle.json", (1, 1))
    assert serve(folder, place) != first
