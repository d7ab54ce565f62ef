"""Which photos of an unlabelled folder are most worth a label.

The first labels go to photos that are typical of as many kinds of photos as there are labels to give: the middle of
each cluster. Once a head knows some labels, they go to photos that it is unsure of, of as many kinds again. A tenth is
drawn at random: only on such photos is a share of right answers that of the whole folder.

Source: Hacohen, Dekel and Weinshall 2022 (TypiClust); Gupte et al. 2024 (typical ones first, then uncertain and
diverse ones).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from leafgraft.choices.heads.standardisation import Features, standardisation_of
from leafgraft.evaluation.metrics import Floats, Ints
from leafgraft.records.pick import RANDOM, TYPICAL, UNCERTAIN

TESTING_SHARE = 0.1
DIMENSIONS = 64
STARTS = 4
ALIKE = 3  # photos of a kind, of which the first whose leaf is not taken yet is picked
LEAST_WEIGHT = 1e-3  # of a photo that the head is sure of: clusters are never empty


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One label to give.

    Attributes:
        rows: The photo, then others of its kind that may stand in for it where its leaf is taken.
        reason: Why it is worth a label.
        weight: How many photos are of its kind; 1 for one that is drawn at random.
    """

    rows: Ints
    reason: str
    weight: int


def choose_photos(features_nd: Features, count: int, uncertainty_n: Floats | None = None) -> list[Candidate]:
    """Choose `count` photos, the most useful first; the same ones every time.

    Args:
        features_nd: Features of a frozen network, shape (N, D).
        count: Number of photos to choose; all of them where there are no more.
        uncertainty_n: Uncertainty of each photo from 0 to 1, shape (N,), once a head has learned from labels of this
            place; else None.
    """
    rows = np.arange(len(features_nd))
    count = min(count, len(rows))
    testing = np.random.default_rng(0).permutation(len(rows))[: round(TESTING_SHARE * count)]
    rest = np.setdiff1d(rows, testing)
    chosen = [] if count == len(testing) else _clusters(features_nd[rest], count - len(testing), uncertainty_n, rest)
    others = np.random.default_rng(1).permutation(rest)
    drawn = [
        Candidate(np.concatenate([[row], others[at :: len(testing)][: ALIKE - 1]]), RANDOM, 1)
        for at, row in enumerate(testing)
    ]
    return chosen + drawn


def _clusters(features_nd: Features, count: int, uncertainty_n: Floats | None, rows: Ints) -> list[Candidate]:
    """The middle of each of `count` clusters, those of many photos first."""
    points = _directions(features_nd)
    weights = None if uncertainty_n is None else np.maximum(uncertainty_n[rows], LEAST_WEIGHT)
    with threadpool_limits(1):  # sums of several threads differ in their last bits
        found = KMeans(count, n_init=STARTS, random_state=0).fit(points, sample_weight=weights)
    squares = ((points - found.cluster_centers_[found.labels_]) ** 2).sum(axis=1)
    clusters = [np.flatnonzero(found.labels_ == number) for number in range(count)]
    reason = TYPICAL if weights is None else UNCERTAIN
    choices = []
    for members in clusters:
        if len(members):  # equal points leave clusters empty
            near = members[np.argsort(squares[members], kind="stable")]
            choices.append(Candidate(rows[near[:ALIKE]], reason, len(members)))
    return sorted(choices, key=lambda one: (-one.weight, int(one.rows[0])))


def _directions(features_nd: Features) -> NDArray[np.float32]:
    """Standardised features as directions, in the dimensions of largest variance."""
    standard = standardisation_of(features_nd).apply(features_nd)
    directions = standard / np.maximum(np.linalg.norm(standard, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    dimensions = min(DIMENSIONS, *directions.shape)
    with threadpool_limits(1):
        return np.asarray(PCA(dimensions, random_state=0).fit_transform(directions), dtype=np.float32)


def uncertainty_of(probabilities_nc: Floats) -> Floats:
    """1 less the margin between the two likeliest classes, shape (N,).

    Args:
        probabilities_nc: Probabilities of each photo, shape (N, C), of at least two classes.

    Source:
        Scheffer, Decomain and Wrobel 2001.

    Example:
        >>> uncertainty_of(np.array([[1.0, 0.0], [0.5, 0.5]])).tolist()
        [0.0, 1.0]
    """
    ordered = np.sort(probabilities_nc, axis=1)
    return np.asarray(1 - (ordered[:, -1] - ordered[:, -2]))
