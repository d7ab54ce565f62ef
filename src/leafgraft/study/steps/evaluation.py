"""The steps that judge a study: evaluate all trials on the same rows, and choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from leafgraft.errors import SplitError
from leafgraft.evaluation.evaluate import RecipePredictions, TrialPredictions
from leafgraft.evaluation.inflation import measure_inflation
from leafgraft.evaluation.verdict import Evidence, choose, verdict_to_json
from leafgraft.records.evaluation import Evaluation
from leafgraft.records.finding import floors_from_json, seen_in_training
from leafgraft.records.inflation import Inflation
from leafgraft.records.photo import Manifest
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.context import StudyContext
from leafgraft.study.costs import sizes_of
from leafgraft.study.measured import Input, measured
from leafgraft.study.steps.derive import Derived, read_second

DOUBTS = ("LG030", "LG032")  # findings that speak against groups of one photo each


def read_recipes(
    trials: Sequence[Trial], derived: Sequence[Derived], second: Mapping[str, Manifest], folder: StudyFolder
) -> list[RecipePredictions]:
    """Predictions of every recipe with all its seeds and folds, in the order of the plan.

    Second folders have the groups that are known of them now: trials of an earlier version may hold other ones.
    """
    entries = [(trial.recipe.name, trial.key, trial.seed, trial.fold) for trial in trials]
    entries += [(one.name, one.key, one.seed, one.fold) for one in derived]
    by_name: dict[str, list[tuple[str, int, int]]] = {}
    for name, key, seed, fold in entries:
        by_name.setdefault(name, []).append((key, seed, fold))
    name_of = {trial.key: trial.recipe.name for trial in trials}
    made_of = {one.name: tuple(dict.fromkeys(name_of[key] for key in one.of)) for one in derived}
    groups = {other: {photo.photo_id: photo.group for photo in photos.photos} for other, photos in second.items()}
    solved = {trial.recipe.name for trial in trials if trial.recipe.solved}
    return [
        replace(
            _read_recipe(name, of, groups, folder),
            derived_from=made_of.get(name, ()),
            making="solved" if solved.issuperset(made_of.get(name, (name,))) else "trained",
        )
        for name, of in by_name.items()
    ]


def _read_recipe(
    name: str, of: Sequence[tuple[str, int, int]], second: Mapping[str, Mapping[str, str]], folder: StudyFolder
) -> RecipePredictions:
    infos = [folder.trial(key).read_info() for key, _, _ in of]
    return RecipePredictions(
        name=name,
        trials=tuple(TrialPredictions(seed, fold, folder.trial(key).read_predictions()) for key, seed, fold in of),
        also_test={
            other: tuple(
                TrialPredictions(seed, fold, read_second(folder.trial(key), other).grouped(groups))
                for key, seed, fold in of
            )
            for other, groups in second.items()
        },
        cost=sizes_of(infos),
    )


def judge(
    context: StudyContext,
    evaluation: Evaluation,
    keys: Mapping[tuple[str, int, int], str],
    seen_after_test: tuple[str, ...],
    left_out: int,
    corrected: tuple[int, int],
) -> dict[str, Any]:
    """Choose on validation, measure the inflation, and write verdict.json."""
    audit = context.folder.read_json("audit.json")
    floors = floors_from_json(audit["floors"])
    doubts = [f"{one['title']} ({one['code']})" for one in audit["findings"] if one["code"] in DOUBTS]
    inflation = _inflation(context, "; ".join(doubts))
    best_of = {recipe.name: recipe.best_of for recipe in context.recipes if recipe.best_of > 1}
    evidence = Evidence(inflation, floors, seen_after_test, best_of, seen_in_training(audit), left_out, corrected)
    verdict = verdict_to_json(choose(evaluation, keys, evidence))
    context.folder.write_json("verdict.json", verdict)
    return verdict


def _inflation(context: StudyContext, doubt: str) -> dict[str, Any] | None:
    """Accuracy of one frozen recipe under a plain random split against the grouped one; None where none can be made.

    A split that was given, or that parts leaves, may stand where leaves are too few to be kept together.
    """
    manifest = context.home.manifest
    labels = np.array([photo.label for photo in manifest.photos])
    groups = np.array([photo.group for photo in manifest.photos])
    features, plan = context.features(), context.study.split

    def measure() -> Inflation:
        with context.progress.task("Measure the inflation", 1) as advance:
            found = measure_inflation(features, labels, groups, plan, doubt=doubt)
            advance(1)
        return found

    inputs: list[Input] = [features, labels, groups, repr(plan), doubt]
    try:
        found = measured(context.cache, context.progress, "the inflation", inputs, measure)
    except SplitError as error:
        context.progress.say(f"The inflation by leaks is not measured, as leaves cannot be kept together: {error}")
        return None
    return {**found, "recipe": f"{context.reference_recipe.backbone.name}, linear head at its optimum"}


def trial_keys(trials: Sequence[Trial], derived: Sequence[Derived]) -> Mapping[tuple[str, int, int], str]:
    """Key of each trial by recipe name, seed and fold."""
    keys = {(trial.recipe.name, trial.seed, trial.fold): trial.key for trial in trials}
    return keys | {(one.name, one.seed, one.fold): one.key for one in derived}
