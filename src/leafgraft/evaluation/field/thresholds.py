"""When a head that was fitted to a place declines there."""

from __future__ import annotations

import numpy as np

from leafgraft.choices.heads.standardisation import Features
from leafgraft.evaluation.conformal import conformal_sets
from leafgraft.evaluation.distance import ACCEPTANCE, KnownLeaf, acceptance_threshold, with_place
from leafgraft.evaluation.field.fit import Part
from leafgraft.evaluation.metrics import Floats, Ints

DECLINED = 0.1  # of the photos of the place
NOT_SURE = DECLINED - (1 - ACCEPTANCE)  # of them, as not sure; the others as no leaf that is known
LEAST_UNLABELLED = 30  # photos of the place without a label: fewer set no threshold
LEAST_TAUGHT = 10  # of them: from fewer nothing is learned, as together they would weigh as much as all of home


def set_threshold(probabilities_nc: Floats, declined: float) -> float:
    """Least probability that puts a class into the set, so that about a share of photos has not one class in it.

    Where none declines so few, as where a head tells the classes little apart, it is the one that declines fewest.

    Args:
        probabilities_nc: Out of fold, on labelled photos of the place, shape (N, C).
        declined: Share wanted, from 0 to 1.
    """
    candidates = np.unique(np.sort(probabilities_nc, axis=1)[:, -2:])
    shares = np.array([not_sure(probabilities_nc, one) for one in candidates])
    one_photo = 1 / len(probabilities_nc)
    off = np.where(shares > declined + one_photo, 1 + shares, np.abs(shares - declined))
    return float(candidates[np.flatnonzero(off <= off.min() + 1e-12)[-1]])


def not_sure(probabilities_nc: Floats, threshold: float) -> float:
    """Share of photos with more or fewer than one class in the set, from 0 to 1.

    Args:
        probabilities_nc: Probabilities of each photo, shape (N, C).
        threshold: Least probability that puts a class into the set.

    Example:
        >>> not_sure(np.array([[0.9, 0.1], [0.5, 0.5]]), 0.3)
        0.5
    """
    return float((conformal_sets(probabilities_nc, threshold).sum(axis=1) != 1).mean())


def distances_out_of_fold(labelled: Part, fold: Ints, home: KnownLeaf) -> Floats:
    """Distance of each labelled photo of a place, from references that its fold had no part in, shape (N,).

    Args:
        labelled: Labelled photos of the place.
        fold: Fold of each, shape (N,).
        home: References of the training photos alone.
    """
    found = np.empty(len(labelled))
    for number in range(fold.max() + 1):
        rest, out = labelled.rows(np.flatnonzero(fold != number)), np.flatnonzero(fold == number)
        found[out] = with_place(home, rest.features, rest.labels).distances(labelled.features[out])
    return found


def known_threshold(known_leaf: KnownLeaf, unlabelled_md: Features | None, out_of_fold_n: Floats) -> tuple[float, int]:
    """Largest distance of a known leaf in a place, and how many of its photos set it.

    Args:
        known_leaf: References of home and place.
        unlabelled_md: Photos of the place without a label, shape (M, D); none if none were named.
        out_of_fold_n: Distances of its labelled photos, which count where there are too few others, shape (N,).

    Raises:
        PredictionsError: The place has neither labelled photos nor enough others.
    """
    distances = out_of_fold_n
    if unlabelled_md is not None and len(unlabelled_md) >= LEAST_UNLABELLED:
        distances = known_leaf.distances(unlabelled_md)
    return acceptance_threshold(distances), len(distances)
