"""The whole evaluation: every recipe with intervals, every pair, tiers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.comparison.tiers import rank
from leafgraft.evaluation.diagnosis.missed import confused_pairs, missed_by_all
from leafgraft.evaluation.gaps import interval_of_recalls, intervals_of_classes, share_of_groups
from leafgraft.evaluation.intervals import Draws, loss_interval, resample, share_interval, variance_of
from leafgraft.evaluation.metrics import FIGURES, OF_PROBABILITIES, Ints, confusion_matrix, measure, per_class
from leafgraft.evaluation.predictions.aligned_rows import Answers, RecipePredictions, Rows, TrialPredictions, align
from leafgraft.evaluation.statements.did_not_learn import one_answer
from leafgraft.evaluation.statements.flags import flags_of
from leafgraft.records.evaluation import DidNotLearn, Evaluation, Interval, RecipeResult
from leafgraft.records.finding import Floor

__all__ = ["RecipePredictions", "TrialPredictions", "evaluate", "evaluation_to_json"]


def evaluate(
    recipes: Sequence[RecipePredictions],
    floors: Mapping[str, Floor] | None = None,
    resamples: int = 2000,
    seed: int = 0,
    left_out: Sequence[str] = (),
    untrained: Sequence[str] | None = None,
) -> Evaluation:
    """Evaluate all recipes on the same test rows, compare every pair, and rank them in tiers.

    Args:
        recipes: At least one; names are unique.
        floors: Accuracies that need no leaf, by name.
        resamples: Number of resamples of groups.
        seed: Seed of the resamples and of the joint draws.
        left_out: Places that were left out of training in turn, each tested by what was trained on the others.
        untrained: Places that were tested and not trained on, those among them; None if that is not known.

    Raises:
        PredictionsError: No recipe, two of one name, or rows that do not match.
    """
    _check_names(recipes)
    rows = align([(one.name, one.trials) for one in recipes], "test")
    draws = resample(rows, resamples, seed)
    ranking = rank(rows, draws, [one.derived_from for one in recipes], seed)
    second = _second_folders(recipes, resamples, seed)
    places = _places(rows, resamples, seed)
    validation = _validation(recipes, resamples, seed)
    results = tuple(
        replace(
            _result(rows, rows.answers[index], draws[index], ranking.tiers[one.name]),
            cost=dict(one.cost),
            did_not_learn=_one_answer(one, rows, index) or one.did_not_learn,
            derived_from=one.derived_from,
            folds=len({trial.fold for trial in one.trials}),
            also_test={name: found[one.name] for name, found in second.items() if one.name in found},
            places=places[one.name],
            validation=validation.get(one.name, {}),
        )
        for index, one in enumerate(recipes)
    )
    flagged = tuple(
        replace(result, flags=flags_of(result, floors or {}, one.making))
        for result, one in zip(results, recipes, strict=True)
    )
    seeds = max(len(answers.correct) for answers in rows.answers)
    return Evaluation(
        flagged,
        ranking.pairs,
        len(rows.label),
        rows.groups,
        seeds,
        rows.classes,
        missed_by_all(rows, [not one.derived_from for one in recipes], untrained or ()),
        confused_pairs(rows),
        tuple(left_out),
        None if untrained is None else tuple(untrained),
    )


def evaluation_to_json(evaluation: Evaluation, seen_after_test: Collection[str] = ()) -> dict[str, Any]:
    """Plain values for evaluation.json and for ``compare --json``.

    ``flags`` of a recipe are the names of its warnings; ``warnings`` holds them whole.

    Args:
        evaluation: What was found.
        seen_after_test: Names of recipes that were added, or trained otherwise, after test figures of others were seen:
            marked under that key.
    """
    plain = asdict(evaluation)
    for recipe in plain["recipes"]:
        recipe["warnings"] = recipe["flags"]
        recipe["flags"] = [flag["name"] for flag in recipe["flags"]]
        recipe["seen_after_test"] = recipe["name"] in seen_after_test
    return plain


def _one_answer(recipe: RecipePredictions, rows: Rows, index: int) -> DidNotLearn | None:
    return one_answer(rows.answers[index].predicted, rows.label, rows.classes, recipe.making)


def _check_names(recipes: Sequence[RecipePredictions]) -> None:
    names = [one.name for one in recipes]
    if not names or not all(one.trials for one in recipes):
        raise PredictionsError(
            "An evaluation must have at least one recipe with predictions.", "There is none.", "Train, or name files."
        )
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise PredictionsError(
            "Each recipe must have a name of its own.", f"Twice: {', '.join(repeated)}.", "Rename one of them."
        )


def _mean(draws: Draws, figure: str) -> float:
    return float(draws.estimates[:, FIGURES.index(figure)].mean())


def _with_intervals(rows: Rows, answers: Answers, draws: Draws) -> tuple[dict[str, Any], dict[str, Interval]]:
    """Figures and their intervals; where only answers are known, what needs probabilities is None, without interval.

    Nor has the log loss of one group: nothing bounds how far another may lie from it.
    """
    unknown = OF_PROBABILITIES if answers.only_answers else ()
    values: dict[str, Any] = dict.fromkeys(unknown)
    intervals: dict[str, Interval] = {}
    variances = {figure: variance_of(draws, None, figure, rows.groups) for figure in FIGURES if figure not in unknown}
    for figure, found in variances.items():
        values[figure] = value = _mean(draws, figure)
        if figure == "log_loss" and rows.groups > 1:
            intervals[figure] = loss_interval(value, found)
        elif figure != "log_loss":
            intervals[figure] = share_interval(value, found, rows.groups)
    values["accuracy"], intervals["accuracy"] = share_of_groups(answers.correct, rows.group)
    found = variances["balanced_accuracy"]
    balanced = interval_of_recalls(answers.correct, rows.label, rows.group, found.quantile * found.seeds**0.5)
    low, high = intervals["balanced_accuracy"]
    intervals["balanced_accuracy"] = balanced = (min(low, balanced[0]), max(high, balanced[1]))
    below, above = (end - values["balanced_accuracy"] for end in balanced)
    f1, (low, high) = values["macro_f1"], intervals["macro_f1"]
    intervals["macro_f1"] = (min(low, max(0.0, f1 + below)), max(high, min(1.0, f1 + above)))
    return values, intervals


def _result(rows: Rows, answers: Answers, draws: Draws, tier: int) -> RecipeResult:
    values, intervals = _with_intervals(rows, answers, draws)
    confusion = _confusion(rows, answers)
    return RecipeResult(
        name=answers.name,
        interval=intervals.pop("accuracy"),
        tier=tier,
        intervals=intervals,
        per_class_intervals=intervals_of_classes(answers.predicted, rows.label, rows.group, rows.classes),
        per_class=_by_class(rows, confusion),
        confusion=tuple(tuple(int(count) for count in line) for line in confusion),
        accuracy=values["accuracy"],
        macro_f1=values["macro_f1"],
        balanced_accuracy=values["balanced_accuracy"],
        log_loss=values["log_loss"],
        calibration_error=values["calibration_error"],
        mean_confidence=values["mean_confidence"],
        seeds=len(answers.correct),
        equal_seeds=len(answers.loss) > 1
        and bool((answers.loss == answers.loss[0]).all() and (answers.predicted == answers.predicted[0]).all()),
    )


def _confusion(rows: Rows, answers: Answers) -> Ints:
    """True against predicted classes, summed over seeds, shape (C, C)."""
    tables = [confusion_matrix(rows.label, line, len(rows.classes)) for line in answers.predicted]
    return np.asarray(np.sum(tables, axis=0))


def _by_class(rows: Rows, confusion: Ints) -> dict[str, dict[str, float]]:
    """Figures of each class, its photos counted once, whatever the number of seeds, and of folds that answer them."""
    classes = per_class(confusion, rows.classes)
    for figures in classes.values():
        figures["support"] = figures["support"] * rows.photos / float(confusion.sum())
    return classes


def _second_folders(
    recipes: Sequence[RecipePredictions], resamples: int, seed: int
) -> dict[str, dict[str, dict[str, Any]]]:
    names = sorted({name for one in recipes for name in one.also_test})
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name in names:
        having = [(one.name, one.also_test[name]) for one in recipes if one.also_test.get(name)]
        rows = align(having, "", by_fold=True)
        found[name] = _figures_by_recipe(rows, resamples, seed)[0]
        for answers in rows.answers:
            found[name][answers.name]["per_class"] = _by_class(rows, _confusion(rows, answers))
    return found


def _places(rows: Rows, resamples: int, seed: int) -> dict[str, dict[str, dict[str, Any]]]:
    """Test figures of each recipe in each place, and what answering the place's largest class alone would reach."""
    found: dict[str, dict[str, dict[str, Any]]] = {answers.name: {} for answers in rows.answers}
    names = [] if rows.place is None else sorted(set(rows.place.tolist()) - {""})
    for name in names:
        there = rows.of_place(name)
        largest, of_largest = share_of_groups(there.label[None] == np.bincount(there.label).argmax(), there.group)
        for recipe, figures in _figures_by_recipe(there, resamples, seed)[0].items():
            found[recipe][name] = {
                "accuracy": figures["accuracy"],
                "interval": figures["interval"],
                "balanced_accuracy": figures["balanced_accuracy"],
                "balanced_interval": figures["intervals"]["balanced_accuracy"],
                "mean_confidence": figures["mean_confidence"],
                "mean_confidence_interval": figures["intervals"].get("mean_confidence"),
                "photos": there.photos,
                "groups": there.groups,
                "largest_class": largest,
                "largest_class_interval": of_largest,
            }
    return found


def _figures_by_recipe(rows: Rows, resamples: int, seed: int) -> tuple[dict[str, dict[str, Any]], tuple[Draws, ...]]:
    draws = resample(rows, resamples, seed)
    found = {}
    for answers, of in zip(rows.answers, draws, strict=True):
        values, intervals = _with_intervals(rows, answers, of)
        found[answers.name] = {
            **values,
            "interval": intervals.pop("accuracy"),
            "intervals": intervals,
            "rows": rows.photos,
        }
    return found, draws


def _validation(recipes: Sequence[RecipePredictions], resamples: int, seed: int) -> dict[str, dict[str, Any]]:
    """Validation figures with their own tiers; empty where some recipe has no validation rows."""
    if not all((trial.predictions.split == "validation").any() for one in recipes for trial in one.trials):
        return {}
    rows = align([(one.name, one.trials) for one in recipes], "validation", by_fold=True)
    found, draws = _figures_by_recipe(rows, resamples, seed)
    tiers = rank(rows, draws, [one.derived_from for one in recipes], seed).tiers
    for one in recipes:
        found[one.name]["tier"] = tiers[one.name]
        found[one.name]["trials"] = [
            {"seed": trial.seed, "fold": trial.fold, **_trial_figures(trial)} for trial in one.trials
        ]
    return found


def _trial_figures(trial: TrialPredictions) -> dict[str, float]:
    part = trial.predictions.rows("validation")
    figures = measure(part.probabilities, part.label)
    return {"accuracy": figures["accuracy"], "log_loss": figures["log_loss"]}
