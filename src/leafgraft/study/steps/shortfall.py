"""Recipes that end below the best linear head on their own training photos."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from leafgraft.choices.heads.optimum import best_head
from leafgraft.evaluation.statements.did_not_learn import Reached, may_fall_short, short_of_optimum
from leafgraft.records.evaluation import DidNotLearn
from leafgraft.records.recipe import Trial
from leafgraft.study.context import StudyContext
from leafgraft.training.frozen.features import plain_features


def find_shortfalls(context: StudyContext, trials: Sequence[Trial]) -> dict[str, DidNotLearn]:
    """By name of the recipe; the reference recipe is fitted only where a trial may be below it.

    A trial that is as right on validation photos as the reference recipe has learned, however well that knows its
    training photos by heart.

    Raises:
        ConvergenceError: The optimum is not reached.
    """
    optima: dict[tuple[str, str, int, int, int, str], tuple[float, float]] = {}
    reached: dict[str, list[Reached]] = defaultdict(list)
    for trial in trials:
        trained = context.folder.trial(trial.key).read_info().get("train_accuracy")
        if trained is None or not may_fall_short(trained):  # trials of earlier versions do not tell
            continue
        recipe = trial.recipe
        seed = trial.seed if recipe.weights == "none" else 0
        key = (repr(recipe.backbone), recipe.weights, recipe.image_size, seed, trial.fold, recipe.balance)
        if key not in optima:
            optima[key] = _optimum(context, trial)
        optimum, on_validation = optima[key]
        said = context.folder.trial(trial.key).read_predictions().rows("validation")
        if (said.logits.argmax(axis=1) == said.label).mean() < on_validation:
            reached[recipe.name].append(Reached(trained, optimum))
    count = Counter(trial.recipe.name for trial in trials)
    found = {name: short_of_optimum(some, count[name]) for name, some in reached.items()}
    return {name: one for name, one in found.items() if one}


def _optimum(context: StudyContext, trial: Trial) -> tuple[float, float]:
    """Accuracy of the best linear head on the training photos that it was fitted to, and on validation photos."""
    recipe, inputs = trial.recipe, context.inputs(trial.recipe.image_size)
    features = plain_features(recipe, inputs.pixels, context.cache, context.progress, context.device, seed=trial.seed)
    fold = inputs.fold(trial.fold)
    train, validation = (
        (np.asarray(features[photos.rows]), photos.labels)
        for photos in (inputs.photos(fold.train), inputs.photos(fold.validation))
    )
    head = best_head(train, validation, len(inputs.classes), counts=inputs.counts(trial))
    on_train, on_validation = (float((head.predict(some) == labels).mean()) for some, labels in (train, validation))
    return on_train, on_validation
