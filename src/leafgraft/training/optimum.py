"""The convex optimum of a linear head: L2 logistic regression, its penalty chosen on validation."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

INVERSE_PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
Features = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LinearOptimum:
    """A fitted linear head, for features as they are.

    Attributes:
        weight: float32, shape (C, D).
        bias: float32, shape (C,).
        inverse_penalty: scikit-learn's C, on standardised features.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    inverse_penalty: float

    def logits(self, features_nd: Features) -> NDArray[np.float32]:
        """Logits of shape (N, C)."""
        return np.asarray(features_nd @ self.weight.T + self.bias)


def fit_optimum(
    train: tuple[Features, Labels],
    validation: tuple[Features, Labels],
    classes: int,
    inverse_penalties: Sequence[float] = INVERSE_PENALTIES,
) -> LinearOptimum:
    """Fit multinomial logistic regression by L-BFGS on standardised features.

    Args:
        train: Features of shape (N, D) and class indices of shape (N,).
        validation: The same; the penalty of the lowest log loss there is taken.
        classes: C.
        inverse_penalties: To choose from, smallest first.
    """
    features, labels = train
    mean = features.mean(axis=0, dtype=np.float64)
    std = features.std(axis=0, dtype=np.float64)
    std[std < 1e-8] = 1.0
    standard = ((features - mean) / std).astype(np.float32)
    standard_validation = ((validation[0] - mean) / std).astype(np.float32)
    best, best_loss = None, np.inf
    for inverse_penalty in inverse_penalties:
        model = LogisticRegression(C=inverse_penalty, max_iter=300, tol=1e-4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a hundred more steps move no figure that is shown
            model.fit(standard, labels)
        probabilities = model.predict_proba(standard_validation)
        loss = log_loss(validation[1], probabilities, labels=np.arange(classes))
        if loss < best_loss:
            best, best_loss = (model, inverse_penalty), loss
    if best is None:
        raise ValueError("inverse_penalties must not be empty")
    weight, bias = _two_sided(best[0], classes)
    return LinearOptimum((weight / std).astype(np.float32), (bias - (weight / std) @ mean).astype(np.float32), best[1])


def _two_sided(model: LogisticRegression, classes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One row per class: scikit-learn keeps one row only where there are two classes."""
    weight, bias = model.coef_.astype(np.float64), model.intercept_.astype(np.float64)
    if classes == 2 and len(weight) == 1:
        return np.vstack([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    return weight, bias
