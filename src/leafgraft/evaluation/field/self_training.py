"""Photos of a place without a label that a teacher is sure of: a further head learns from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leafgraft.choices.heads.optimum import Ints
from leafgraft.choices.heads.standardisation import Features, Floats

SHARE = 0.6  # of the answers of each class, the surest ones


@dataclass(frozen=True, slots=True, eq=False)
class WeightedRows:
    """What a head is fitted to.

    Attributes:
        features: Shape (N, D).
        labels: Class indices, shape (N,).
        counts: How often each row counts, shape (N,).
    """

    features: Features
    labels: Ints
    counts: Floats

    def joined(self, other: WeightedRows) -> WeightedRows:
        """These and the others after them.

        Args:
            other: Rows of the same features.
        """
        return WeightedRows(
            np.concatenate([self.features, other.features]),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.counts, other.counts]),
        )


def surest_answers(features_md: Features, probabilities_mc: Floats, weight: float) -> WeightedRows:
    """The surest answers of every class as labels: as many of a hundred of one class as of any other.

    Args:
        features_md: Features of photos without a label, shape (M, D).
        probabilities_mc: Probabilities that the teacher gives them, shape (M, C).
        weight: Weight of all of them together, in photos.

    Source:
        Zou et al. 2018, Unsupervised domain adaptation for semantic segmentation via class-balanced self-training.
    """
    answers, sure = probabilities_mc.argmax(axis=1), probabilities_mc.max(axis=1)
    found = []
    for number in np.unique(answers):
        own = np.flatnonzero(answers == number)
        found.append(own[np.argsort(-sure[own], kind="stable")[: max(1, int(SHARE * len(own)))]])
    rows = np.sort(np.concatenate(found))
    return WeightedRows(features_md[rows], answers[rows], np.full(len(rows), weight / len(rows)))
