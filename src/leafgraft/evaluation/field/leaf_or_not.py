"""Whether a photo shows a leaf at all, of any kind and place: leaves of home against drawn pictures without one.

The distance of known leaves (`distance`) declines nearly all that was taken elsewhere; this does not.
"""

from __future__ import annotations

import numpy as np

from leafgraft.choices.heads.optimum import fit_heads
from leafgraft.choices.heads.standardisation import Features, Floats

INVERSE_PENALTY = 1e-3
LEAST = 0.2  # probability of a leaf: all of 1,252 leaves outdoors have more, all drawn pictures have less


def leaf_probability(leaves_nd: Features, not_leaves_nd: Features, features_nd: Features) -> Floats:
    """Probability that each photo shows a leaf, shape (N,).

    Args:
        leaves_nd: Features of photos with a leaf, shape (L, D).
        not_leaves_nd: Features of pictures without one, shape (M, D).
        features_nd: Features of the photos in question, shape (N, D).

    Raises:
        ConvergenceError: The optimum of the head is not reached.
    """
    counts = np.repeat([1 / len(leaves_nd), 1 / len(not_leaves_nd)], [len(leaves_nd), len(not_leaves_nd)])
    labels = np.repeat([1, 0], [len(leaves_nd), len(not_leaves_nd)])
    rows = np.concatenate([leaves_nd, not_leaves_nd])
    (head,) = fit_heads(rows, labels, 2, (INVERSE_PENALTY,), counts * len(labels) / 2)
    return np.asarray(head.probabilities(features_nd)[:, 1])
