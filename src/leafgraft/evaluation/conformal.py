"""Conformal sets: with the threshold set on validation rows, they hold the true class at the wanted share.

Source: Sadinle, Lei & Wasserman 2019 and Angelopoulos & Bates 2023 (sets of least ambiguity).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from leafgraft.evaluation.calibration import need_rows
from leafgraft.evaluation.metrics import Floats, Ints


def conformal_threshold(probabilities: Floats, label: Ints, coverage: float = 0.9) -> float:
    """Least probability that puts a class into the set, so that sets hold the true class at `coverage`.

    The guarantee is marginal and over new photos like the validation ones. 0 where there are too few rows: every
    class is then in the set.

    Args:
        probabilities: Shape (N, C), of validation rows.
        label: Shape (N,).
        coverage: Between 0 and 1.
    """
    need_rows(len(label), "conformal threshold")
    scores = np.sort(1.0 - probabilities[np.arange(len(label)), label])
    rank = math.ceil((len(label) + 1) * coverage)
    return 0.0 if rank > len(label) else float(1.0 - scores[rank - 1])


def conformal_sets(probabilities: Floats, threshold: float) -> NDArray[np.bool_]:
    """Which classes are in each row's set, shape (N, C); a set may be empty."""
    return probabilities >= threshold - 1e-12
