"""The best linear head on features: logistic regression at its optimum, for every use of the word in this package.

Features are standardised, the weights carry an L2 penalty that is given or chosen on validation rows, and the
minimum is found to the tolerances of `newton`, or an error says that it was not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from leafgraft.choices.heads.newton import Problem, minimise
from leafgraft.choices.heads.preconditioner import leading_directions
from leafgraft.choices.heads.standardisation import Features, Floats, Standardisation, blocks, standardisation_of
from leafgraft.errors import ConvergenceError

INVERSE_PENALTIES = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0)
ABSENT = -100.0  # logit of a class that no training row has: a finite one, as a network's bias must be
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LinearHead:
    """A linear head at its optimum, for features as they are.

    Attributes:
        weight: Weights, float64, shape (C, D).
        bias: Biases, float64, shape (C,).
        inverse_penalty: scikit-learn's C, on standardised features.
        standardisation: Mean and deviation of the training rows; folded into `weight` and `bias`.
    """

    weight: Floats
    bias: Floats
    inverse_penalty: float
    standardisation: Standardisation

    def logits(self, features_nd: Features) -> Floats:
        """Logits of shape (N, C).

        Args:
            features_nd: Features as they are, shape (N, D).
        """
        logits = np.empty((len(features_nd), len(self.bias)))
        for rows in blocks(len(features_nd)):
            logits[rows] = features_nd[rows].astype(np.float64) @ self.weight.T + self.bias
        return logits

    def probabilities(self, features_nd: Features) -> Floats:
        """Probabilities of shape (N, C).

        Args:
            features_nd: Features as they are, shape (N, D).
        """
        return np.asarray(np.exp(log_softmax(self.logits(features_nd), axis=1)))

    def predict(self, features_nd: Features) -> Ints:
        """Likeliest class of each row, shape (N,).

        Args:
            features_nd: Features as they are, shape (N, D).
        """
        return np.asarray(self.logits(features_nd).argmax(axis=1))


def fit_heads(
    features_nd: Features,
    labels: Ints,
    classes: int,
    inverse_penalties: Sequence[float] = INVERSE_PENALTIES,
    counts: Floats | None = None,
    start: LinearHead | None = None,
) -> Iterator[LinearHead]:
    """The best linear head for each penalty, one after the other; each starts from the one before.

    Args:
        features_nd: Features of the training rows, shape (N, D).
        labels: Class of each row as an index, shape (N,).
        classes: Number of classes, C; one without rows gets a logit that is never the largest.
        inverse_penalties: scikit-learn's C; smallest first is fastest.
        counts: How often each row counts in the loss, shape (N,): scikit-learn's ``sample_weight``; once by default.
        start: A head for nearly the same rows, from which the first one starts: sooner at the same optimum.

    Yields:
        A head at its optimum.

    Raises:
        ConvergenceError: Features are not finite, or an optimum is not reached to the stated tolerance.
    """
    if not np.isfinite(features_nd).all():
        raise ConvergenceError(
            "The features of a linear head must be finite numbers.",
            "Some are not.",
            "Look for photos or weights that give infinities, or not-a-number, in the backbone.",
        )
    present, own = np.unique(labels, return_inverse=True)
    scale = standardisation_of(features_nd)
    standard = scale.apply(features_nd)
    found = np.zeros((len(present), features_nd.shape[1] + 1))
    if start is not None and len(present) > 1 and (start.bias[present] != ABSENT).all():
        unfolded = start.standardisation.unfold(start.weight[present], start.bias[present])
        found[:, :-1], found[:, -1] = unfolded  # standardised features of nearly the same rows are nearly the same
    often = np.ones(len(labels)) if counts is None else counts
    leading = leading_directions(standard, often)
    for inverse_penalty in inverse_penalties:
        if len(present) > 1:
            found = minimise(Problem(standard, own, len(present), inverse_penalty, often, leading), found)
        weight, bias = np.zeros((classes, features_nd.shape[1])), np.full(classes, ABSENT)
        weight[present], bias[present] = scale.fold(found[:, :-1], found[:, -1])
        yield LinearHead(weight, bias, inverse_penalty, scale)


def best_head(
    train: tuple[Features, Ints],
    validation: tuple[Features, Ints],
    classes: int,
    inverse_penalties: Sequence[float] = INVERSE_PENALTIES,
    counts: Floats | None = None,
) -> LinearHead:
    """The best linear head, with the penalty of the lowest log loss on validation rows.

    Penalties are tried one after the other until that loss rises.

    Args:
        train: Features of shape (N, D) and class indices of shape (N,).
        validation: The same of the validation rows.
        classes: Number of classes.
        inverse_penalties: Penalties to choose from as scikit-learn's C, smallest first.
        counts: How often each training row counts in the loss, shape (N,); once by default.

    Raises:
        ConvergenceError: Features are not finite, or an optimum is not reached to the stated tolerance.
        ValueError: There is no penalty to choose.
    """
    best, lowest = None, math.inf
    for head in fit_heads(*train, classes, inverse_penalties, counts):
        loss = log_loss(head, *validation)
        if best is not None and loss >= lowest:
            break
        best, lowest = head, loss
    if best is None:
        raise ValueError("There must be a penalty to choose.")
    return best


def log_loss(head: LinearHead, features_nd: Features, labels: Ints) -> float:
    """Mean negative logarithm of the probability of the true class, in nats.

    Args:
        head: Head to measure.
        features_nd: Features of at least one row, shape (N, D).
        labels: True class of each row as an index, shape (N,).
    """
    logs = log_softmax(head.logits(features_nd), axis=1)
    return float(-logs[np.arange(len(labels)), labels].mean())
