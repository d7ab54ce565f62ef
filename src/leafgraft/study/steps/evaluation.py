"""The steps that judge a study: evaluate all trials on the same rows, and choose."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leafgraft.errors import SplitError, StudyFolderError
from leafgraft.evaluation.evaluate import RecipePredictions, TrialPredictions
from leafgraft.evaluation.inflation import measure_inflation
from leafgraft.evaluation.verdict import Evidence, choose, verdict_to_json
from leafgraft.records.evaluation import Evaluation
from leafgraft.records.finding import floors_from_json, seen_in_training
from leafgraft.records.inflation import Inflation
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.records.split import SplitPlan
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.context import StudyContext
from leafgraft.study.costs import sizes_of
from leafgraft.study.earlier_run import OPENED
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


def open_test_labels(
    trials: Sequence[Trial],
    derived: Sequence[Derived],
    folder: StudyFolder,
    progress: Progress,
    split: SplitPlan | None = None,
    weights: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Note when the test labels were first opened, and for which recipes; name recipes that came later.

    A recipe added after the test figures of others were seen may have been chosen because of them; so may epochs,
    patience, batch size and views, the shares and the seed of the split, and other weights under the same name.

    Args:
        trials: All of the study.
        derived: What is made from them.
        folder: The study's.
        progress: Told which recipes came later.
        split: How the photos were divided; None if they came so.
        weights: Which ones each trial starts from, by its recipe's identity.
    """
    identities = {trial.recipe.name: trial.recipe.identity for trial in trials}
    identities |= {one.name: one.identity for one in derived}
    trained = {trial.key: trial for trial in trials if not trial.recipe.solved}
    training = next((_training_of(trial) for trial in trained.values()), None)
    now = _Opened(frozenset(identities.values()), training, _shares_of(split), weights or {})
    before = _opened_before(folder, progress)
    if before is None:
        opening = {"opened": time.strftime("%Y-%m-%dT%H:%M:%S%z"), **now.to_json()}
        folder.log("test rows opened", stage="evaluation", **opening)
        folder.write_json(OPENED, opening)
        return ()
    changed = set(trained) if before.training not in (None, training) else set()
    changed |= {one.key for one in trials if before.started_otherwise(one.recipe.identity, now)}
    otherwise = {trial.recipe.name for trial in trials if trial.key in changed}
    otherwise |= {one.name for one in derived if any(key in changed for key in one.of)}
    if now.split and before.split not in (None, now.split):
        otherwise = set(identities)
    later = tuple(name for name, one in identities.items() if one not in before.recipes or name in otherwise)
    if later:
        progress.say(
            f"Added, or trained otherwise, after the test rows were seen: {', '.join(later)}. The page marks them."
        )
    return later


def _training_of(trial: Trial) -> list[int]:
    """How long it trains, but for its seeds: more seeds are no other choice."""
    training = trial.training
    return [training.epochs, training.patience, training.batch_size, training.views]


def _shares_of(split: SplitPlan | None) -> list[float] | None:
    """What decides which photos are test photos, but for folds: those may be added, and test every photo."""
    return [split.train, split.validation, split.test, split.seed, split.keep_groups] if split else None


@dataclass(frozen=True, slots=True)
class _Opened:
    """What opened.json holds.

    Attributes:
        recipes: Identities of the recipes whose test rows were opened first.
        training: Epochs, patience, batch size and views that these trained with; None where nothing says.
        split: Shares and seed of the split, and whether groups were kept; None where nothing says.
        weights: That recipes started from, by their identity, as far as something says.
    """

    recipes: frozenset[str]
    training: Any = None
    split: Any = None
    weights: Any = None

    def to_json(self) -> dict[str, Any]:
        """As opened.json and the log hold it."""
        told = {"training": self.training, "split": self.split, "weights": self.weights}
        return {"recipes": sorted(self.recipes), **told}

    def started_otherwise(self, identity: str, now: _Opened) -> bool:
        """Whether a recipe starts from other weights now."""
        before = (self.weights or {}).get(identity)
        return before is not None and before != now.weights.get(identity, before)

    @classmethod
    def of(cls, opening: Mapping[str, Any]) -> _Opened:
        """Earlier versions wrote recipes by name, and nothing of their training."""
        recipes = opening["recipes"]
        named = frozenset(recipes.values() if isinstance(recipes, dict) else recipes)
        return cls(named, *(opening.get(key) for key in ("training", "split", "weights")))


def _opened_before(folder: StudyFolder, progress: Progress) -> _Opened | None:
    """What was opened first; None if nothing was yet.

    opened.json says so. Where it is lost or damaged, the log does; where both are, every recipe counts as added later.
    """
    lost = False
    if folder.has(OPENED):
        try:
            return _Opened.of(folder.read_json(OPENED))
        except (StudyFolderError, KeyError, AttributeError, TypeError):
            lost = True
    logged = [event for event in folder.events.events() if event.get("event") == "test rows opened"]
    if logged and isinstance(logged[0].get("recipes"), (dict, list)):
        found = _Opened.of(logged[0])
        folder.write_json(OPENED, {"opened": logged[0].get("opened"), **found.to_json()})
        return found
    if lost:
        progress.say(f"'{folder.file(OPENED)}' is damaged, and log.jsonl is silent: all recipes count as added later.")
        return _Opened(frozenset())
    return None


def judge(
    context: StudyContext, evaluation: Evaluation, keys: Mapping[tuple[str, int, int], str], later: tuple[str, ...]
) -> dict[str, Any]:
    """Choose on validation, measure the inflation, and write verdict.json."""
    audit = context.folder.read_json("audit.json")
    floors = floors_from_json(audit["floors"])
    doubts = [f"{one['title']} ({one['code']})" for one in audit["findings"] if one["code"] in DOUBTS]
    inflation = _inflation(context, "; ".join(doubts))
    best_of = {recipe.name: recipe.best_of for recipe in context.recipes if recipe.best_of > 1}
    verdict = verdict_to_json(
        choose(evaluation, keys, Evidence(inflation, floors, later, best_of, seen_in_training(audit)))
    )
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
