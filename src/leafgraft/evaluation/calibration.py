"""Temperature and conformal threshold, both set on validation rows.

Source: Guo et al. 2017 (temperature); Sadinle, Lei & Wasserman 2019 and Angelopoulos & Bates 2023 (conformal sets of
least ambiguity).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.metrics import Floats, Ints

COOLEST, HOTTEST = 0.05, 20.0


def fit_temperature(logits_nc: NDArray[np.floating], label: Ints) -> float:
    """Temperature that the logits are divided by: lowest log loss on these rows, between 0.05 and 20.

    Raises:
        PredictionsError: There are no rows.

    Example:
        >>> logits = np.log(np.array([[0.8, 0.2]] * 10))
        >>> round(fit_temperature(logits, np.array([0] * 8 + [1] * 2)), 3)
        1.0
    """
    _need_rows(len(label), "temperature")
    logits = logits_nc.astype(np.float64)

    def loss(log_temperature: float) -> float:
        scaled = logits / math.exp(log_temperature)
        return float((special.logsumexp(scaled, axis=1) - scaled[np.arange(len(label)), label]).mean())

    bounds = (math.log(COOLEST), math.log(HOTTEST))
    found = optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return math.exp(float(found.x))


def conformal_threshold(probabilities: Floats, label: Ints, coverage: float = 0.9) -> float:
    """Least probability that puts a class into the set, so that sets hold the true class at `coverage`.

    The guarantee is marginal and over new photos like the validation ones. 0 where there are too few rows: every
    class is then in the set.

    Args:
        probabilities: Shape (N, C), of validation rows.
        label: Shape (N,).
        coverage: Between 0 and 1.
    """
    _need_rows(len(label), "conformal threshold")
    scores = np.sort(1.0 - probabilities[np.arange(len(label)), label])
    rank = math.ceil((len(label) + 1) * coverage)
    return 0.0 if rank > len(label) else float(1.0 - scores[rank - 1])


def conformal_sets(probabilities: Floats, threshold: float) -> NDArray[np.bool_]:
    """Which classes are in each row's set, shape (N, C); a set may be empty."""
    return probabilities >= threshold - 1e-12


def _need_rows(rows: int, what: str) -> None:
    if not rows:
        raise PredictionsError(
            f"The {what} must be set on validation rows.", "There are none.", "Keep some photos for validation."
        )
