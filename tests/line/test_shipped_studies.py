"""The studies that come with leafgraft plan and run, at a reduced size."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import leafgraft
from leafgraft.records.recipe import Recipe
from leafgraft.records.study import Study
from leafgraft.records.tuning import Tuning
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_syntax.whole_study import resolved_text
from leafgraft.study.commands.plan import plan
from leafgraft.study.trial_list import resolve_recipes

STUDIES = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "studies").glob("*.yaml"))


def small(recipe: Recipe) -> Recipe:
    return replace(recipe, image_size=32, weights="none")


def two(tuning: Tuning) -> Tuning:
    return replace(tuning, trials=2)


def reduced(name: str, photos: Path) -> Study:
    """Every recipe of a shipped study, on drawn leaves: small photos, random weights, one short trial each."""
    study = load_study(Path(__file__).resolve().parents[2] / "studies" / f"{name}.yaml")
    return replace(
        study,
        photos=str(photos),
        also_test={},
        group_name=r"_(\d+)" if study.group_name else "",
        training=replace(study.training, epochs=1, seeds=(0,), views=min(study.training.views, 1)),
        recipes=tuple(small(recipe) for recipe in study.recipes),
        tuned=tuple(replace(one, recipe=small(one.recipe), tuning=two(one.tuning)) for one in study.tuned),
    )


@pytest.mark.parametrize("name", STUDIES)
def test_shipped_study_plans_and_runs(name: str, drawn_leaves: Path, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    study = reduced(name, drawn_leaves)
    path.write_text(resolved_text(study), encoding="utf-8")
    planned = plan(str(path))
    assert len(planned["trials"]) == (len(study.recipes) + len(study.tuned)) * (study.split.folds or 1)
    results = leafgraft.run(str(path), out=tmp_path / "out")
    assert not results.failed
    assert results.page.stat().st_size > 100_000
    whole = load_study(tmp_path / "out" / "resolved.yaml")
    recipes = resolve_recipes(whole)
    assert len(recipes) == len(study.recipes) + len(study.tuned)
    trained = {one["name"] for one in results.evaluation["recipes"]}
    assert {recipe.name for recipe in recipes} <= trained
    derived = len(study.ensembles) + (1 if study.tta_views else 0)
    assert len(trained) >= len(recipes) + derived

    assert whole.recipes == tuple(replace(recipe, name="") for recipe in recipes)
    again = plan(str(tmp_path / "out" / "resolved.yaml"))
    wanted = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert [trial["key"] for trial in again["trials"]] == [trial["key"] for trial in wanted["trials"]]
