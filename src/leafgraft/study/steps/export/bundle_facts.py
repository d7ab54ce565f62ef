"""What a bundle says of its trial: photos, split, training, and test figures with their intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions
from leafgraft.export.calibrate import Calibration
from leafgraft.records.evaluation import RecipeResult
from leafgraft.records.recipe import Trial
from leafgraft.records.study import Study
from leafgraft.storage.predictions import Predictions
from leafgraft.study.trial_list import describe
from leafgraft.training.photos.inputs import TrialInputs

FIGURES = ("macro_f1", "balanced_accuracy", "log_loss", "calibration_error")


def describe_data(study: Study, inputs: TrialInputs, trial: Trial) -> dict[str, Any]:
    """Photos and split; of the folder only its name, as the bundle leaves this machine."""
    fold, photos = inputs.fold(trial.fold), inputs.manifest.photos
    sources = (study.photos,) if study.photos else tuple(study.places.values())
    return {
        "photos": len(photos),
        "name": ", ".join(one if one.startswith("kaggle:") else Path(one).name for one in sources),
        "classes": dict(sorted(Counter(photo.label for photo in photos).items())),
        "leaves": len({photo.group for photo in photos}),
        "train": len(fold.train),
        "validation": len(fold.validation),
        "test": len(fold.test),
        "split": {
            "origin": inputs.splits.origin,
            "validation_drawn": inputs.splits.validation_drawn,
            "seed": inputs.splits.seed,
            "leaves_kept_together": inputs.splits.keep_groups,
            "folds": len(inputs.splits.folds),
            "fold": trial.fold,
            **({"left_out": fold.left_out} if fold.left_out else {}),
            "untrained": inputs.untrained(trial.fold),
        },
    }


def describe_training(trial: Trial, info: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe and how its training went."""
    kept = ("epochs", "best_epoch", "identity", "parameters", "device", "phases")
    return {"recipe": describe(trial.recipe), "seed": trial.seed, **{key: info[key] for key in kept}}


def test_figures(predictions: Predictions, calibration: Calibration, floors: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of this trial alone on its test photos, at its temperature; the accuracy does not depend on it."""
    logits = (predictions.logits / np.float32(calibration.temperature)).astype(np.float32)
    trial = TrialPredictions(0, 0, replace(predictions, logits=logits))
    found = evaluate([RecipePredictions("exported", (trial,))])
    result: RecipeResult = found.recipes[0]
    figures = {name: {"value": getattr(result, name), "interval": result.intervals.get(name)} for name in FIGURES}
    return {
        "photos": found.rows,
        "leaves": found.groups,
        "accuracy": {"share": result.accuracy, "interval": result.interval},
        **figures,
        "per_class": result.per_class,
        "per_class_intervals": result.per_class_intervals,
        "confusion": result.confusion,
        "floors": {name: floor["accuracy"] for name, floor in floors.items()},
        "floor_intervals": {name: floor["interval"] for name, floor in floors.items()},
    }
