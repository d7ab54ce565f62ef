"""Why: the diagnosis of frozen recipes, the learning curve, and what disturbed photos do to the chosen recipe."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.split import PARTS
from leafgraft.evaluation.diagnose import (
    DiagnosisInputs,
    Part,
    PartFeatures,
    TrainedAnswers,
    diagnose,
)
from leafgraft.evaluation.diagnosis.disturbed import accuracies
from leafgraft.evaluation.diagnosis.learning_curve import CurveRows, FoldRows, curve_to_json, learning_curve
from leafgraft.export.trained import open_trained
from leafgraft.records.recipe import Recipe, Trial
from leafgraft.study.context import StudyContext
from leafgraft.study.costs import COSTS
from leafgraft.study.measured import Input, measured
from leafgraft.study.steps.export.chosen_trial import find_trial
from leafgraft.study.time_left import CURVE_S, DIAGNOSED_S, PART_DONE, PARTS_EXPECTED
from leafgraft.training.analysis.corruptions import CORRUPTIONS
from leafgraft.training.analysis.heatmap import heat_maps
from leafgraft.training.analysis.robustness import answer_disturbed
from leafgraft.training.analysis.stage_features import (
    Features,
    has_statistics,
    reestimated_features,
    trained_stage_features,
)
from leafgraft.training.fit.predict import head_answers, load_network
from leafgraft.training.frozen.features import plain_features, whole_prefix
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import PhotoRows

MOST_HEAT_MAPS = 64
MOST_REESTIMATED = 1000  # training photos that BatchNorm statistics are re-estimated on
IN_BATCHES = 0.5  # of the time that a photo takes alone
DISTURBED = "disturbed photos"


def explain(
    context: StudyContext,
    trials: Sequence[Trial],
    evaluation: Mapping[str, Any],
    verdict: Mapping[str, Any],
    disturbed_s: float,
) -> None:
    """Write diagnosis.json, learning_curve.json, robustness.json and heat_maps.npz.

    Args:
        context: The study.
        trials: All that are done.
        evaluation: Content of evaluation.json.
        verdict: Content of verdict.json.
        disturbed_s: Seconds expected of the answers to disturbed photos.
    """
    frozen = _frozen_recipes(trials, evaluation)
    of_tier = _first_tier(frozen, trials, evaluation)
    context.progress.note(PARTS_EXPECTED, parts=_expected_parts(context, frozen, of_tier, disturbed_s))
    found = []
    for recipe in frozen:
        found.append(_diagnose(context, recipe, trials))
        context.progress.note(PART_DONE, part=_diagnosis_of(recipe))
    context.folder.write_json("diagnosis.json", {"backbones": found})
    curves = []
    for recipe in of_tier:
        curves.append({"recipe": recipe.name, **_curve(context, recipe)})
        context.progress.note(PART_DONE, part=_curve_of(recipe))
    context.folder.write_json("learning_curve.json", {"curves": curves})
    chosen = _network_behind(verdict["trial"], trials, context)
    inputs = context.inputs_of(chosen)
    _write_heat(context, chosen, inputs)
    robustness = _once(context, DISTURBED, [chosen], lambda: _disturb(context, chosen, inputs))
    context.folder.write_json("robustness.json", {"trial": chosen.key, "recipe": chosen.recipe.name, **robustness})


def _expected_parts(
    context: StudyContext, frozen: Sequence[Recipe], of_tier: Sequence[Recipe], disturbed_s: float
) -> dict[str, float]:
    """Seconds of each part, in their order: the time of a photo is that of the trials."""
    photos, folds, costs = len(context.home.manifest.photos), context.splits.folds, context.folder.read_json(COSTS)
    parts = {_diagnosis_of(recipe): DIAGNOSED_S * photos for recipe in frozen}
    for recipe in frozen:
        if has_statistics(recipe):
            photo_s = IN_BATCHES * costs[recipe.name]["milliseconds_per_photo"] / 1000
            judged = len(folds[0].validation) + len(folds[0].test)
            parts[_diagnosis_of(recipe)] += photo_s * (2 * min(MOST_REESTIMATED, len(folds[0].train)) + judged)
    curves = {_curve_of(recipe): CURVE_S * photos * len(folds) for recipe in of_tier}
    return {**parts, **curves, DISTURBED: disturbed_s}


def _diagnosis_of(recipe: Recipe) -> str:
    return f"diagnosis of {recipe.name}"


def _curve_of(recipe: Recipe) -> str:
    return f"learning curve of {recipe.name}"


def _once(
    context: StudyContext, what: str, trials: Sequence[Trial], measure: Callable[[], object], *features: Features
) -> dict[str, Any]:
    """What is measured with these trials and features; the same as before where they are as they were."""
    inputs: list[Input] = [context.device, *features]
    for trial in trials:
        learned = json.dumps(context.folder.trial(trial.key).learned())
        inputs += [trial.key, context.inputs_of(trial).fingerprint, learned]
    found: dict[str, Any] = measured(context.cache, context.progress, what, inputs, measure)
    return found


def _network_behind(key: str, trials: Sequence[Trial], context: StudyContext) -> Trial:
    """The trial of that key; of one that is several networks or passes, such as an ensemble, its first member."""
    if found := find_trial(trials, context.folder, key):
        return found
    by_key = {trial.key: trial for trial in trials}
    return by_key[context.folder.trial(key).read_info()["derived_from"][0]]


def _disturb(context: StudyContext, trial: Trial, inputs: TrialInputs) -> dict[str, Any]:
    """What disturbed photos do to a trained network, and what ran it."""
    trained = open_trained(trial, inputs, context.folder.trial(trial.key), context.progress)
    logits_of, choice = trained.engine()
    if choice.refused:
        name = trial.recipe.backbone.name
        context.progress.say(f"{name}: torch's own operations run its stages on disturbed photos: {choice.refused}.")
    found = answer_disturbed(trial, inputs, logits_of, context.progress)
    return {
        **accuracies(found.clean, found.disturbed, inputs.groups(found.photo_ids)),
        "strengths": {one.name: list(one.strengths) for one in CORRUPTIONS},
        "units": {one.name: one.unit for one in CORRUPTIONS},
        **asdict(choice),
    }


def _write_heat(context: StudyContext, trial: Trial, inputs: TrialInputs) -> None:
    """Keep where the network looked on test photos that it gets wrong: heat_maps.npz."""
    folder = context.folder.trial(trial.key)
    rows = folder.read_predictions().rows("test")
    wrong = [str(one) for one in rows.photo_id[rows.logits.argmax(axis=1) != rows.label]][:MOST_HEAT_MAPS]
    maps = heat_maps(trial, inputs, folder, wrong) if wrong else {}
    if maps:
        arrays = {"photo_id": np.array(list(maps), dtype=np.str_), "heat": np.stack(list(maps.values()))}
        context.folder.write_npz("heat_maps.npz", arrays)
    else:
        context.folder.remove("heat_maps.npz")


def _frozen_recipes(trials: Sequence[Trial], evaluation: Mapping[str, Any]) -> list[Recipe]:
    """Of each backbone with its weights at its size the frozen recipe that does worst on validation."""
    accuracy = {one["name"]: one["validation"]["accuracy"] for one in evaluation["recipes"]}
    found: dict[tuple[str, str, int], Recipe] = {}
    for trial in trials:
        if trial.recipe.frozen:
            known = found.setdefault(_features_of(trial.recipe), trial.recipe)
            if accuracy[trial.recipe.name] < accuracy[known.name]:
                found[_features_of(trial.recipe)] = trial.recipe
    return list(found.values())


def _features_of(recipe: Recipe) -> tuple[str, str, int]:
    """Recipes that agree in this see the same features while frozen."""
    return recipe.backbone.name, recipe.weights, recipe.image_size


def _first_tier(frozen: Sequence[Recipe], trials: Sequence[Trial], evaluation: Mapping[str, Any]) -> list[Recipe]:
    """Those of which some recipe on the same frozen features is in the first tier; else the one nearest to it."""
    results = {one["name"]: one for one in evaluation["recipes"]}
    tiers: dict[tuple[str, str, int], list[int]] = {}
    for trial in trials:
        if trial.recipe.frozen:
            tiers.setdefault(_features_of(trial.recipe), []).append(results[trial.recipe.name]["tier"])
    best = [recipe for recipe in frozen if min(tiers[_features_of(recipe)]) == 1]
    return best or sorted(frozen, key=lambda one: results[one.name]["validation"]["log_loss"])[:1]


def _diagnose(context: StudyContext, recipe: Recipe, trials: Sequence[Trial]) -> dict[str, Any]:
    """All measurements of one backbone, on the first fold; with random weights, of the first seed's."""
    of_recipe = [trial for trial in trials if trial.recipe == recipe and trial.fold == 0]
    if recipe.weights == "none":
        of_recipe = of_recipe[:1]
    tuned = _tuned(of_recipe[0], trials)
    pixels, seed = context.inputs(recipe.image_size).pixels, of_recipe[0].seed
    plain = plain_features(recipe, pixels, context.cache, context.progress, context.device, seed=seed)
    what = f"the {_diagnosis_of(recipe)}"
    return _once(context, what, [*of_recipe, *tuned], lambda: _measure(context, of_recipe, tuned, plain), plain)


def _measure(
    context: StudyContext, of_recipe: Sequence[Trial], tuned: Sequence[Trial], plain: Features
) -> dict[str, Any]:
    recipe, seed = of_recipe[0].recipe, of_recipe[0].seed
    inputs = context.inputs(recipe.image_size)
    fold = inputs.fold(0)
    parts = {name: inputs.photos(getattr(fold, name)) for name in PARTS}
    prefix = whole_prefix(recipe, context.cache, context.progress, context.device, seed=seed)
    stages = prefix.stages(PhotoRows.of_map(inputs.pixels, context.device))

    def split(features: Features) -> PartFeatures:
        return PartFeatures(*(np.asarray(features[parts[name].rows], dtype=np.float32) for name in PARTS))

    diagnosis = diagnose(
        DiagnosisInputs(
            backbone=recipe.backbone.name,
            recipe=recipe.name,
            **{name: Part(parts[name].labels, inputs.groups(parts[name].photo_ids)) for name in PARTS},
            features=split(plain),
            trained=_answers(context, of_recipe, inputs, plain),
            stages={name: split(features) for name, features in stages.items()},
            **_reestimated(context, recipe, inputs),
            tuned={
                name: features
                for trial in tuned
                for name, features in trained_stage_features(
                    trial, inputs, context.folder.trial(trial.key), inputs.fold(0).test
                ).items()
            },
        )
    )
    return asdict(diagnosis)


class _Reestimated(TypedDict, total=False):
    reestimated: PartFeatures
    reestimated_rows: NDArray[np.int64]


def _reestimated(context: StudyContext, recipe: Recipe, inputs: TrialInputs) -> _Reestimated:
    """Features with BatchNorm statistics of these photos: of all that is judged on, and of some training photos."""
    if not has_statistics(recipe):
        return {}
    fold = inputs.fold(0)
    label = inputs.photos(fold.train).labels
    drawn = np.random.default_rng(0).permutation(len(label))[:MOST_REESTIMATED]
    rows = np.union1d(drawn, np.unique(label, return_index=True)[1])  # of each class at least one
    train = [fold.train[row] for row in rows]
    asked = [*train, *fold.validation, *fold.test]
    found = np.asarray(reestimated_features(recipe, inputs, train, asked, context.progress))
    cuts = np.cumsum([len(train), len(fold.validation)])
    return {"reestimated": PartFeatures(*np.split(found, cuts)), "reestimated_rows": rows}


def _answers(context: StudyContext, trials: Sequence[Trial], inputs: TrialInputs, plain: Features) -> TrainedAnswers:
    """Classes that the trained heads give for the plain photos of every part, one line per seed."""
    given: dict[str, list[NDArray[np.int64]]] = {name: [] for name in PARTS}
    for trial in trials:
        network = load_network(trial, context.folder.trial(trial.key), len(inputs.classes))
        for name in PARTS:
            rows = inputs.photos(getattr(inputs.fold(0), name)).rows
            given[name].append(head_answers(network, plain[rows]))
    return TrainedAnswers(**{name: np.stack(lines) for name, lines in given.items()})


def _tuned(frozen: Trial, trials: Sequence[Trial]) -> list[Trial]:
    """A fine-tuned trial of the same start, if the study has one: its features after each stage are compared."""
    for trial in trials:
        same = _features_of(trial.recipe) == _features_of(frozen.recipe)
        same_start = frozen.recipe.weights != "none" or trial.seed == frozen.seed
        if same and same_start and trial.fold == 0 and not trial.recipe.frozen:
            return [trial]
    return []


def _curve(context: StudyContext, recipe: Recipe) -> dict[str, Any]:
    inputs = context.inputs(recipe.image_size)
    features = plain_features(recipe, inputs.pixels, context.cache, context.progress, context.device)
    everything = inputs.photos([photo.photo_id for photo in inputs.manifest.photos])
    rows = CurveRows(features[everything.rows], everything.labels, inputs.groups(everything.photo_ids))
    row_of = {photo_id: row for row, photo_id in enumerate(everything.photo_ids)}
    folds = [
        FoldRows(*(np.array([row_of[photo_id] for photo_id in getattr(fold, name)]) for name in PARTS))
        for fold in context.splits.folds
    ]

    def measure() -> dict[str, Any]:
        with context.progress.task("Learning curve", 1) as advance:
            curve = curve_to_json(learning_curve(rows, folds))
            advance(1)
        return curve

    of = [rows.features, rows.label, rows.group, *(getattr(fold, name) for fold in folds for name in PARTS)]
    what = f"the learning curve of {recipe.backbone.name}"
    found: dict[str, Any] = measured(context.cache, context.progress, what, of, measure)
    return found
