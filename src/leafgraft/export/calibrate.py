"""Temperature, conformal threshold and distance of known leaves of a trial, all set on its validation photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from leafgraft.evaluation.calibration import fit_temperature
from leafgraft.evaluation.conformal import conformal_threshold
from leafgraft.evaluation.distance import ACCEPTANCE, KnownLeaf, acceptance_threshold, fit_known_leaf
from leafgraft.evaluation.field_answers import Thresholds
from leafgraft.export.trained import Trained
from leafgraft.storage.predictions import Predictions

COVERAGE = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What turns logits and features into answers.

    Attributes:
        temperature: What logits are divided by.
        thresholds: When to decline.
        known_leaf: What features are measured against.
        features: Features of the training photos, shape (N, D).
        photos: How many the threshold of the sets was set on.
        known_photos: How many the threshold of the distance was set on.
        coverage: Share of sets that hold the true class.
    """

    temperature: float
    thresholds: Thresholds
    known_leaf: KnownLeaf
    features: NDArray[np.float32]
    photos: int
    known_photos: int
    coverage: float = COVERAGE


def calibrate(trained: Trained, predictions: Predictions) -> Calibration:
    """Set everything on validation rows; the reference of the distance comes from training photos.

    Args:
        trained: The trial.
        predictions: Its predictions file.
    """
    fold, inputs = trained.inputs.fold(trained.trial.fold), trained.inputs
    validation = predictions.rows("validation")
    temperature = fit_temperature(validation.logits, validation.label)
    probabilities = calibrated(validation, temperature)
    features = trained.features(fold.train)
    known_leaf = fit_known_leaf(features, inputs.photos(fold.train).labels)
    distances = known_leaf.distances(trained.features(fold.validation))
    thresholds = Thresholds(
        in_set=conformal_threshold(probabilities, validation.label, COVERAGE),
        known=acceptance_threshold(distances),
    )
    return Calibration(temperature, thresholds, known_leaf, features, len(validation.label), len(distances))


def calibrated(predictions: Predictions, temperature: float) -> NDArray[np.float64]:
    """Probabilities of the rows at a temperature, shape (N, C)."""
    return np.asarray(special.softmax(predictions.logits.astype(np.float64) / temperature, axis=1))


def calibration_to_json(calibration: Calibration) -> dict[str, Any]:
    """The keys of bundle.json that say how logits and features become answers."""
    features, thresholds = calibration.features, calibration.thresholds
    return {
        "temperature": calibration.temperature,
        "conformal": {
            "coverage": calibration.coverage,
            "threshold": thresholds.in_set,
            "quantile": 1 - thresholds.in_set,
            "photos": calibration.photos,
        },
        "known_leaf": {
            "method": calibration.known_leaf.method,
            "acceptance": ACCEPTANCE,
            "threshold": thresholds.known,
            "photos": calibration.known_photos,
        },
        "training_features": {
            "photos": len(features),
            "width": features.shape[1],
            "mean": features.mean(axis=0, dtype=np.float64),
            "deviation": features.std(axis=0, dtype=np.float64),
        },
    }
