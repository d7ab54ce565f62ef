"""Temperature of a network's logits, set on validation rows.

Source: Guo et al. 2017, On Calibration of Modern Neural Networks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.metrics import Ints

COOLEST, HOTTEST = 0.05, 20.0


def fit_temperature(logits_nc: NDArray[np.floating], label: Ints) -> float:
    """Temperature that the logits are divided by: lowest log loss on these rows, between 0.05 and 20.

    Args:
        logits_nc: Logits of the validation rows, shape (N, C).
        label: True class of each row as an index, shape (N,).

    Raises:
        PredictionsError: There are no rows.

    Example:
        >>> logits = np.log(np.array([[0.8, 0.2]] * 10))
        >>> round(fit_temperature(logits, np.array([0] * 8 + [1] * 2)), 3)
        1.0
    """
    need_rows(len(label), "temperature")
    logits = logits_nc.astype(np.float64)

    def loss(log_temperature: float) -> float:
        scaled = logits / math.exp(log_temperature)
        return float((special.logsumexp(scaled, axis=1) - scaled[np.arange(len(label)), label]).mean())

    bounds = (math.log(COOLEST), math.log(HOTTEST))
    found = optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return math.exp(float(found.x))


def need_rows(rows: int, what: str) -> None:
    """Refuse to set anything on no rows.

    Args:
        rows: Number of validation rows.
        what: What is to be set on them, as the message names it: ``temperature``.

    Raises:
        PredictionsError: There are none.
    """
    if not rows:
        raise PredictionsError(
            f"The {what} must be set on validation rows.", "There are none.", "Keep some photos for validation."
        )
