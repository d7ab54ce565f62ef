"""Drawn predictions of recipes of known accuracy, correlated as real recipes are."""

import numpy as np
from scipy import stats

from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions
from leafgraft.storage.predictions import Predictions

CLASSES = ("early", "healthy", "late")


def group_sizes(generator, photos):
    sizes = []
    while sum(sizes) < photos:
        sizes.append(int(generator.integers(1, 5)))
    sizes[-1] -= sum(sizes) - photos
    return sizes


def draw_recipes(accuracies, seeds=1, photos=200, random_state=0, splits=("test",)):
    generator = np.random.default_rng(random_state)
    count = photos * len(splits)
    label = generator.integers(0, 3, count)
    group = np.repeat(
        np.arange(0, 10**6)[: len(group_sizes(np.random.default_rng(1), count))],
        group_sizes(np.random.default_rng(1), count),
    )
    ids = np.array([f"{index:016x}" for index in range(count)])
    hard = generator.normal(size=count)
    recipes = []
    for number, accuracy in enumerate(accuracies):
        own = generator.normal(size=count)
        trials = []
        for seed in range(seeds):
            right = np.sqrt(0.5) * hard + np.sqrt(0.2) * own + np.sqrt(0.3) * generator.normal(size=count)
            right = right + stats.norm.ppf(accuracy) > 0
            answer = np.where(right, label, (label + generator.integers(1, 3, count)) % 3)
            logits = generator.normal(size=(count, 3)) * 0.2
            logits[np.arange(count), answer] += 2.5
            trials.append(
                TrialPredictions(
                    seed,
                    0,
                    Predictions(
                        photo_id=ids,
                        split=np.repeat(list(splits), photos),
                        label=label,
                        logits=logits.astype(np.float32),
                        classes=np.array(CLASSES),
                        group=np.array([f"g{one}" for one in group]),
                    ),
                )
            )
        recipes.append(RecipePredictions(f"recipe {number}", tuple(trials)))
    return recipes
