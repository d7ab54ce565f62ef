"""Is this a leaf like those it was trained on? Distance of features from the training photos."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from sklearn.covariance import LedoitWolf
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.metrics import Floats, Ints

ACCEPTANCE = 0.95
FOLDS, DIRECTIONS = 5, 256
# Robust deviations from which a photo is a stranger: of 22 photos of other crops, other diseases and no leaves, among
# 445 leaves, three networks find 10, 10 and 8, with 0, 1 and 0 leaves beside them.
FAR = 4.5
MAD_TO_DEVIATION = 1.4826  # of a normal distribution
AT_ONCE = 2**22  # differences of photos and references: the memory of a table of all of them would be gigabytes
SMALLEST_VARIANCE = 1e-6  # relative to the largest
Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class KnownLeaf:
    """What features are measured against.

    Attributes:
        projection: Features to the space where distances are taken, float32, shape (D, R).
        references: Points there, float32, shape (M, R); the distance is that to the nearest.
        method: Name of the method, in words.
    """

    projection: Features
    references: Features
    method: str

    def distances(self, features_nd: Features) -> Floats:
        """Distance of each row, shape (N,).

        Args:
            features_nd: Features of the rows in question, shape (N, D).
        """
        projected, found = features_nd @ self.projection, np.empty(len(features_nd))
        rows = max(1, AT_ONCE // self.references.size)
        for start in range(0, len(found), rows):
            block = slice(start, start + rows)
            squared = ((projected[block, None, :] - self.references) ** 2).sum(axis=2)
            found[block] = np.sqrt(squared.min(axis=1))
        return found


def fit_known_leaf(features_nd: Features, label: Ints) -> KnownLeaf:
    """Mahalanobis distance to the nearest class mean, with one shrunk covariance for all classes.

    Args:
        features_nd: Features of the training photos, shape (N, D).
        label: Class of each as an index, shape (N,).

    Source:
        Lee et al. 2018, A Simple Unified Framework for Detecting Out-of-Distribution Samples; Ledoit & Wolf 2004.
    """
    classes = np.unique(label)
    means = np.stack([features_nd[label == one].mean(axis=0, dtype=np.float64) for one in classes])
    centred = features_nd - means[np.searchsorted(classes, label)]
    with threadpool_limits(1, "blas"):  # the same bits on any number of cores
        values, directions = linalg.eigh(LedoitWolf(assume_centered=True).fit(centred).covariance_)
    projection = directions / np.sqrt(np.maximum(values, SMALLEST_VARIANCE * values.max()))
    return KnownLeaf(
        projection.astype(np.float32),
        (means @ projection).astype(np.float32),
        "Mahalanobis distance to the nearest class",
    )


def with_place(known_leaf: KnownLeaf, features_nd: Features, label: Ints) -> KnownLeaf:
    """The same with the class means of a place as further points.

    The covariance stays that of the training photos: so few photos would shrink the directions in which they differ.

    Args:
        known_leaf: References of the training photos.
        features_nd: Features of labelled photos of the place, shape (N, D).
        label: Class of each of these as an index, shape (N,).
    """
    means = np.stack([features_nd[label == one].mean(axis=0, dtype=np.float64) for one in np.unique(label)])
    further = (means @ known_leaf.projection).astype(np.float32)
    return replace(known_leaf, references=np.concatenate([known_leaf.references, further]))


def strangeness(features_nd: Features, labels: NDArray[np.str_], groups: NDArray[np.str_]) -> Floats:
    """How far each photo lies from every class of the other photos, in robust deviations above the median, shape (N,).

    Distances are those of `fit_known_leaf`, out of fold, in random directions: quick, whatever the network's width.
    Where there are too few leaves to tell, or all are equal, all are 0.

    Args:
        features_nd: Features of a frozen network, shape (N, D).
        labels: Class name of each photo, shape (N,).
        groups: Group of each photo, shape (N,); photos of one leaf never judge each other.
    """
    found = np.zeros(len(labels))
    if len(np.unique(groups)) < FOLDS or not np.ptp(features_nd, axis=0).any():
        return found
    width = features_nd.shape[1]
    directions = np.random.default_rng(0).normal(size=(width, min(DIRECTIONS, width))) / math.sqrt(width)
    rows, given = (features_nd @ directions).astype(np.float32), np.unique(labels, return_inverse=True)[1]
    for known, held_out in GroupKFold(FOLDS).split(rows, given, groups):
        found[held_out] = fit_known_leaf(rows[known], given[known]).distances(rows[held_out])
    above = found - np.median(found)
    deviation = MAD_TO_DEVIATION * float(np.median(np.abs(above)))
    return above / deviation if deviation else np.zeros(len(labels))


def acceptance_threshold(distances_n: Floats, acceptance: float = ACCEPTANCE) -> float:
    """Distance that a new photo of the same kind stays below with probability `acceptance` or more.

    With fewer than ``acceptance / (1 - acceptance)`` photos no distance promises that: the largest is taken.

    Args:
        distances_n: Distances of validation photos, shape (N,).
        acceptance: Share of such photos to be taken for a known leaf, between 0 and 1.

    Raises:
        PredictionsError: There are no rows.

    Source:
        Angelopoulos & Bates 2023, Conformal Prediction: A Gentle Introduction (split conformal prediction).

    Example:
        >>> acceptance_threshold(np.arange(1.0, 21.0), acceptance=0.9)
        19.0
    """
    if not len(distances_n):
        raise PredictionsError(
            "The distance of known leaves must be set on validation rows.",
            "There are none.",
            "Keep some photos for validation.",
        )
    rank = min(math.ceil((len(distances_n) + 1) * acceptance), len(distances_n))
    return float(np.sort(distances_n)[rank - 1])
