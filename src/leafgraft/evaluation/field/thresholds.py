"""When a head that was fitted to a place declines there."""

from __future__ import annotations

import numpy as np

from leafgraft.evaluation.conformal import conformal_sets
from leafgraft.evaluation.metrics import Floats

DECLINED = 0.1  # of the photos of the place


def set_threshold(probabilities_nc: Floats, declined: float) -> float:
    """Least probability that puts a class into the set, so that about a share of photos has not one class in it.

    Args:
        probabilities_nc: Out of fold, on labelled photos of the place, shape (N, C).
        declined: Share wanted, from 0 to 1.
    """
    candidates = np.unique(np.sort(probabilities_nc, axis=1)[:, -2:])
    shares = np.array([(conformal_sets(probabilities_nc, one).sum(axis=1) != 1).mean() for one in candidates])
    off = np.abs(shares - declined)
    return float(candidates[np.flatnonzero(off <= off.min() + 1e-12)[-1]])
