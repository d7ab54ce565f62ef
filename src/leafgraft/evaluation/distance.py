"""Is this a leaf like those it was trained on? Distance of features from the training photos."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from sklearn.covariance import LedoitWolf

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.metrics import Floats, Ints

ACCEPTANCE = 0.95
SMALLEST_VARIANCE = 1e-6  # relative to the largest
Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class KnownLeaf:
    """What features are measured against.

    Attributes:
        projection: Features to the space where distances are taken, float32, shape (D, R).
        references: Points there, float32, shape (M, R); the distance is that to the nearest.
        method: In words.
    """

    projection: Features
    references: Features
    method: str

    def distances(self, features_nd: Features) -> Floats:
        """Distance of each row, shape (N,)."""
        projected = features_nd @ self.projection
        squared = ((projected[:, None, :] - self.references[None]) ** 2).sum(axis=2)
        return np.asarray(np.sqrt(squared.min(axis=1)), dtype=np.float64)


def fit_known_leaf(features_nd: Features, label: Ints) -> KnownLeaf:
    """Mahalanobis distance to the nearest class mean, with one shrunk covariance for all classes.

    Args:
        features_nd: Of training photos, shape (N, D).
        label: Shape (N,).

    Source:
        Lee et al. 2018, A Simple Unified Framework for Detecting Out-of-Distribution Samples; Ledoit & Wolf 2004.
    """
    classes = np.unique(label)
    means = np.stack([features_nd[label == one].mean(axis=0, dtype=np.float64) for one in classes])
    centred = features_nd - means[np.searchsorted(classes, label)]
    values, directions = linalg.eigh(LedoitWolf(assume_centered=True).fit(centred).covariance_)
    projection = directions / np.sqrt(np.maximum(values, SMALLEST_VARIANCE * values.max()))
    return KnownLeaf(
        projection.astype(np.float32),
        (means @ projection).astype(np.float32),
        "Mahalanobis distance to the nearest class",
    )


def with_place(known_leaf: KnownLeaf, features_nd: Features, label: Ints) -> KnownLeaf:
    """The same with the class means of a place as further points, of labelled photos of shape (N, D) and (N,).

    The covariance stays that of the training photos: so few photos would shrink the directions in which they differ.
    """
    means = np.stack([features_nd[label == one].mean(axis=0, dtype=np.float64) for one in np.unique(label)])
    further = (means @ known_leaf.projection).astype(np.float32)
    return replace(known_leaf, references=np.concatenate([known_leaf.references, further]))


def acceptance_threshold(distances_n: Floats, acceptance: float = ACCEPTANCE) -> float:
    """Distance that a new photo of the same kind stays below with probability `acceptance` or more.

    With fewer than ``acceptance / (1 - acceptance)`` photos no distance promises that: the largest is taken.

    Raises:
        PredictionsError: There are no rows.
    """
    if not len(distances_n):
        raise PredictionsError(
            "The distance of known leaves must be set on validation rows.",
            "There are none.",
            "Keep some photos for validation.",
        )
    rank = min(math.ceil((len(distances_n) + 1) * acceptance), len(distances_n))
    return float(np.sort(distances_n)[rank - 1])
