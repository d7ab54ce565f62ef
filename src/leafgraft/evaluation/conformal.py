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
        probabilities: Probabilities of the validation rows, shape (N, C).
        label: True class of each row as an index, shape (N,).
        coverage: Share of new photos whose set holds the true class, between 0 and 1.

    Raises:
        PredictionsError: There are no rows.

    Example:
        >>> probabilities = np.array([[0.6, 0.4], [0.7, 0.3], [0.8, 0.2], [0.9, 0.1]])
        >>> round(conformal_threshold(probabilities, np.zeros(4, dtype=int), coverage=0.6), 3)
        0.7
    """
    need_rows(len(label), "conformal threshold")
    scores = np.sort(1.0 - probabilities[np.arange(len(label)), label])
    rank = math.ceil((len(label) + 1) * coverage)
    return 0.0 if rank > len(label) else float(1.0 - scores[rank - 1])


def conformal_sets(probabilities: Floats, threshold: float) -> NDArray[np.bool_]:
    """Which classes are in the set of each row; a set may be empty.

    Args:
        probabilities: Probabilities of each row, shape (N, C).
        threshold: Least probability that puts a class into the set, as `conformal_threshold` gives it.

    Returns:
        Shape (N, C).

    Example:
        >>> conformal_sets(np.array([[0.9, 0.1], [0.5, 0.5]]), 0.3).tolist()
        [[True, False], [True, True]]
    """
    return probabilities >= threshold - 1e-12
