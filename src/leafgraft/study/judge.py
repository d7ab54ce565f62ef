"""Last stages of the line: evaluate all trials on the same rows, and choose."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from leafgraft.evaluation.evaluate import RecipePredictions, TrialPredictions
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.derive import Derived, read_second

COSTS = ("train_seconds", "milliseconds_per_photo", "megabytes")


def read_recipes(
    trials: Sequence[Trial], derived: Sequence[Derived], second: Sequence[str], folder: StudyFolder
) -> list[RecipePredictions]:
    """Predictions of every recipe with all its seeds and folds, in the order of the plan."""
    entries = [(trial.recipe.name, trial.key, trial.seed, trial.fold) for trial in trials]
    entries += [(one.name, one.key, one.seed, one.fold) for one in derived]
    by_name: dict[str, list[tuple[str, int, int]]] = {}
    for name, key, seed, fold in entries:
        by_name.setdefault(name, []).append((key, seed, fold))
    return [_read_recipe(name, of, second, folder) for name, of in by_name.items()]


def _read_recipe(
    name: str, of: Sequence[tuple[str, int, int]], second: Sequence[str], folder: StudyFolder
) -> RecipePredictions:
    infos = [folder.trial(key).read_info() for key, _, _ in of]
    cost = {
        kind: sum(float(info[kind]) for info in infos) / len(infos)
        for kind in COSTS
        if all(kind in info for info in infos)
    }
    return RecipePredictions(
        name=name,
        trials=tuple(TrialPredictions(seed, fold, folder.trial(key).read_predictions()) for key, seed, fold in of),
        also_test={
            other: tuple(TrialPredictions(seed, fold, read_second(folder.trial(key), other)) for key, seed, fold in of)
            for other in second
        },
        cost=cost,
    )


def open_test_labels(names: Sequence[str], folder: StudyFolder, progress: Progress) -> tuple[str, ...]:
    """Note when the test labels were first opened, and for which recipes; name recipes that came later.

    A recipe added after the test figures of others were seen may have been chosen because of them.
    """
    if not folder.has("opened.json"):
        folder.write_json("opened.json", {"opened": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "recipes": list(names)})
        return ()
    before = folder.read_json("opened.json")
    later = tuple(name for name in names if name not in before["recipes"])
    if later:
        progress.say(f"Added after the test rows were seen: {', '.join(later)}. The page marks them.")
    return later


def mark_seen(evaluation: dict[str, Any], later: Sequence[str]) -> dict[str, Any]:
    """Flag recipes that were added after the test rows were seen."""
    for recipe in evaluation["recipes"]:
        recipe["seen_after_test"] = recipe["name"] in later
    return evaluation


def trial_keys(trials: Sequence[Trial], derived: Sequence[Derived]) -> Mapping[tuple[str, int, int], str]:
    """Key of each trial by recipe name, seed and fold."""
    keys = {(trial.recipe.name, trial.seed, trial.fold): trial.key for trial in trials}
    return keys | {(one.name, one.seed, one.fold): one.key for one in derived}
