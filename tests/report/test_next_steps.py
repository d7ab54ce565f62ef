"""What a reader can do next follows from what the page shows."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import Any

import pytest
import yaml
from made_up import contents
from typer.main import get_command

from leafgraft.cli.main import app
from leafgraft.report.contents import PageContents
from leafgraft.report.next_steps import OF_CAUSES, next_steps
from leafgraft.report.page import build_page
from leafgraft.report.paper.tables.outcomes import CAUSES


def changed(**parts: Any) -> PageContents:
    return replace(contents(), **parts)


def cause(name: str, value: float, low: float) -> dict[str, Any]:
    return {"cause": name, "title": name, "value": value, "interval": [low, value + 0.1], "reading": "r."}


def test_every_section_but_the_words_ends_with_a_step() -> None:
    page = build_page(contents())
    sections = re.findall(r'<section aria-labelledby="(\w+)">(.*?)</section>', page, flags=re.DOTALL)
    without = [name for name, inside in sections if 'class="next"' not in inside]
    assert without in ([], ["words"])


def test_steps_are_commands_that_exist_or_lines_that_a_study_file_takes() -> None:
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    for step in next_steps(contents()).values():
        if step.of_file:
            assert isinstance(yaml.safe_load(step.code), dict)
        else:
            program, command, *_ = shlex.split(step.code)
            assert program == "leafgraft"
            assert command in commands
        assert step.words.endswith((".", "?"))


@pytest.mark.parametrize(
    ("causes", "code"),
    [
        ([cause("capacity", 0.05, 0.01), cause("not_fitted", 0.2, 0.1)], "strategy: probe"),
        ([cause("filters", 0.1, 0.02), cause("not_fitted", 0.2, -0.1)], "strategy: probe_then_full"),
        ([cause("shift", 0.2, 0.1), cause("capacity", 0.05, 0.01)], "strategy: probe_then_full"),
        ([cause("not_fitted", 0.2, -0.1)], "leafgraft menu backbones"),
        ([cause("over_fitting", 0.2, 0.1), cause("capacity", 0.05, 0.01)], "head: {mlp: {hidden: [512]}}"),
        ([cause("over_fitting", 0.2, 0.1)], "augmentation: [flip, jitter, affine]"),
    ],
)
def test_the_largest_cause_that_is_shown_says_what_to_try(causes: list[dict[str, Any]], code: str) -> None:
    assert next_steps(changed(diagnosis={"backbones": [{"measurements": causes}]}))["why"].code == code


def test_every_cause_that_is_measured_has_a_step() -> None:
    assert set(OF_CAUSES) == set(CAUSES)


def test_more_epochs_are_for_what_was_best_in_its_last_one() -> None:
    first, *_ = contents().histories
    rows = [{"epoch": float(number)} for number in range(6)]
    going_on = changed(histories=[replace(first, rows=rows, best_epoch=5)])
    assert next_steps(going_on)["curves"].code == "training: {epochs: 12}"
    stopped = changed(histories=[replace(first, rows=rows, best_epoch=2)])
    assert next_steps(stopped)["curves"].code == "leafgraft tune STUDY.yaml --rate"


def test_folds_are_for_pairs_that_are_not_told_apart() -> None:
    pair = {**contents().evaluation["pairs"][0], "photos_needed": 1234}
    trials = [{"key": "a", "recipe": "a", "seed": 0, "fold": 0}]
    open_pair = {**contents().evaluation, "pairs": [{**pair, "p_adjusted": 0.4}]}
    step = next_steps(changed(evaluation=open_pair, plan={"trials": trials}))["pairs"]
    assert (step.code, "1,234 test photos" in step.words) == ("split: {folds: 5}", True)
    as_many = {**contents().evaluation, "pairs": [{**pair, "photos_needed": 400, "p_adjusted": 0.4}]}
    step = next_steps(changed(evaluation=as_many, plan={"trials": trials}))["pairs"]
    assert step.code.startswith("leafgraft compare")  # 400 photos were tested, and did not tell them apart
    told = {**contents().evaluation, "pairs": [{**pair, "p_adjusted": 0.01}]}
    assert next_steps(changed(evaluation=told, plan={"trials": trials}))["pairs"].code.startswith("leafgraft compare")


def test_the_review_is_named_only_where_it_shows_the_photos() -> None:
    missed = [{"photo_id": "1", "label": "a", "predicted": "b", "agreement": 1.0, "confidence": 0.9}]
    confused = [{"true": "a", "predicted": "b", "rows": 3, "share": 0.1}]
    reviewed = next_steps(changed(evaluation={**contents().evaluation, "confused": confused, "missed_by_all": missed}))
    assert {reviewed[part].code for part in ("confusion", "wrong")} == {"leafgraft label STUDY_DIR"}
    alone = next_steps(changed(evaluation={**contents().evaluation, "confused": confused, "missed_by_all": []}))
    assert (alone["confusion"].code, alone["wrong"].code) == (
        "leafgraft pick STUDY_DIR FOLDER",
        "corrections: corrections.csv",
    )


def test_a_cell_leads_to_its_photos() -> None:
    page = build_page(contents())
    cells = re.findall(r'<a href="#(wrong-\d-\d)" data-cell="(wrong-\d-\d)" aria-label="([^"]+)"', page)
    assert cells
    for target, cell, called in cells:
        assert target == cell
        assert page.count(f'id="{target}"') == 1
        assert f'<li data-cells="{cell}"' in page
        assert called.endswith("show the photos")
