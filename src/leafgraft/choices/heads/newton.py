"""Newton's method for multinomial logistic regression with an L2 penalty on the weights.

The gradient is computed in double precision. The step solves Newton's equations over the rows whose answer is not sure
already: of few weights as they are, by Cholesky's factors; of many by preconditioned conjugate gradients in single
precision, which is exact enough for a direction and twice as fast; where it is not, in double. One thread computes all
of it, so that the bits of the result do not depend on how many there are.

Source: Nocedal and Wright 2006, Numerical Optimization, chapter 7 (line search Newton-CG); scikit-learn's
LogisticRegression for what is minimised.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from threadpoolctl import threadpool_limits

from leafgraft.choices.heads.preconditioner import LeadingDirections, Numbers, Preconditioner, Singles, precondition
from leafgraft.choices.heads.standardisation import Floats, blocks
from leafgraft.errors import ConvergenceError

WEIGHT_TOLERANCE = 1e-5  # of the gradient's norm; the penalty curves by 1, so no weight is further from the optimum
SHARE_TOLERANCE = 1e-7  # of the mean probability of a class, against its share of the rows
MOST_STEPS = 100
FEW_WEIGHTS = 400  # biases counted: of so many, and
FEW_CLASSES = 6  # of so many, the Hessian is made in the time of a few products; one class after the other is fastest
RIDGE = 1e-12  # of the largest curvature: for biases along which nothing curves
MOST_PRODUCTS = 500  # of the Hessian with a vector, in one step
LEFT_OUT = 0.01  # of the curvature of all rows: most rows have a sure answer near the minimum, and hardly curve
LITTLE = 0.1  # of the curvature of the penalty: what a row that is left out may add to it along its own direction
LEAST_FALL = 1e-4  # of the value along a step, in parts of what its slope promises
SMALLEST_STEP = 1e-6
SAME_VALUE = 1e-11  # in parts of the value: what rounding makes of a sum over the rows


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is minimised: `inverse_penalty` x (sum of the rows' log losses) + half the squared norm of the weights.

    A row may count more or less than once.

    With two classes the penalty counts twice: the difference of their weights is then penalised as in scikit-learn,
    which fits that difference alone.

    Attributes:
        features: Standardised features, float32, shape (N, D).
        labels: Class of each row from 0 to K - 1, shape (N,); every class occurs.
        classes: Number of classes, K.
        inverse_penalty: scikit-learn's C.
        counts: How often each row counts, shape (N,): scikit-learn's ``sample_weight``.
        leading: Directions in which all features vary most: however few rows are looked at, those of all.
    """

    features: Singles
    labels: NDArray[np.int64]
    classes: int
    inverse_penalty: float
    counts: Floats
    leading: LeadingDirections

    @property
    def curvature(self) -> float:
        """Second derivative of the penalty."""
        return 2.0 if self.classes == 2 else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """Weights with the bias as last column, shape (K, D + 1), and what is known there."""

    weights: Floats
    value: float
    gradient: Floats
    probabilities: Floats
    excess: float  # how many times the tolerances the gradient is


def minimise(problem: Problem, start: Floats) -> Floats:
    """Weights and, as last column, biases at the minimum, shape (K, D + 1).

    Args:
        problem: What is minimised, of K classes and D features.
        start: Where the search begins, shape (K, D + 1); zeros will do.

    Raises:
        ConvergenceError: The tolerances are not reached.
    """
    with threadpool_limits(1, "blas"):
        point = _evaluate(problem, start)
        for _ in range(MOST_STEPS):
            if point.excess <= 1:
                weights = point.weights.copy()
                weights[:, -1] -= weights[:, -1].mean()  # a number added to all biases changes no probability
                return weights
            moved = _move(problem, point, _curved_rows(problem, point.probabilities))
            if moved is None:
                break
            point = moved
    rows, width = problem.features.shape
    raise ConvergenceError(
        f"The best linear head must be found to a gradient of {WEIGHT_TOLERANCE:g}.",
        f"It was not, for {rows:,} rows of {width:,} features, {problem.classes} classes and an inverse penalty of "
        f"{problem.inverse_penalty:g}: the gradient stays {point.excess:.3g} times as large.",
        "Use a smaller inverse penalty.",
    )


def _move(problem: Problem, point: _Point, few: NDArray[np.int64]) -> _Point | None:
    """A step over a few rows; where it leads nowhere over all of them, and at last in double precision, too."""
    every = np.arange(len(problem.features))
    moved = _advance(problem, point, _direction(problem, point, few))
    if moved is None and len(few) < len(every):
        moved = _advance(problem, point, _direction(problem, point, every))
    if moved is None:  # a few rows count very much: single precision no longer knows where it falls
        moved = _advance(problem, point, _direction(problem, point, every, np.float64))
    return moved


def _evaluate(problem: Problem, weights: Floats) -> _Point:
    """Value, gradient and probabilities of all rows."""
    value, gradient = 0.0, np.zeros_like(weights)
    probabilities = np.empty((len(problem.features), problem.classes))
    for rows in blocks(len(problem.features)):
        features = problem.features[rows].astype(np.float64)
        own = np.arange(len(features)), problem.labels[rows]
        logits = _times(features, weights[:, :-1]) + weights[:, -1]
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        sums = shares.sum(axis=1, keepdims=True)
        counts = problem.counts[rows]
        value += float(((np.log(sums[:, 0]) - logits[own]) * counts).sum())
        shares /= sums
        probabilities[rows] = shares
        shares[own] -= 1
        shares *= counts[:, None]
        gradient[:, :-1] += _transposed_times(features, shares)
        gradient[:, -1] += shares.sum(axis=0)
    off = float(np.abs(gradient[:, -1]).max() / problem.counts.sum())
    gradient *= problem.inverse_penalty
    gradient[:, :-1] += problem.curvature * weights[:, :-1]
    value = problem.inverse_penalty * value + problem.curvature / 2 * float((weights[:, :-1] ** 2).sum())
    excess = max(float(np.linalg.norm(gradient[:, :-1])) / WEIGHT_TOLERANCE, off / SHARE_TOLERANCE)
    return _Point(weights, value, gradient, probabilities, excess)


def _direction(problem: Problem, point: _Point, rows: NDArray[np.int64], precision: type = np.float32) -> Floats:
    """Newton's step.

    Args:
        problem: What is minimised.
        point: Where it starts.
        rows: Whose curvature counts.
        precision: In which conjugate gradients compute.
    """
    shares = point.probabilities
    if len(rows) < len(shares):
        features, labels, counts = problem.features[rows], problem.labels[rows], problem.counts[rows]
        problem, shares = replace(problem, features=features, labels=labels, counts=counts), shares[rows]
    if point.weights.size <= FEW_WEIGHTS and problem.classes <= FEW_CLASSES:
        with suppress(linalg.LinAlgError):  # rounding may take from a Hessian that it is positive
            return _solve(problem, shares, point)
    curvatures = problem.inverse_penalty * problem.counts[:, None] * shares * (1 - shares)
    preconditioner = precondition(problem.leading, rows, curvatures, problem.curvature)
    return _approach(problem, shares.astype(precision), point, preconditioner)


def _solve(problem: Problem, shares: Floats, point: _Point) -> Floats:
    """The step from the whole Hessian."""
    classes, width = point.weights.shape
    hessian = np.zeros((classes, width, classes, width))
    for rows in blocks(len(problem.features)):
        features, share = problem.features[rows].astype(np.float64), shares[rows]
        features = np.concatenate([features, np.ones((len(features), 1))], axis=1)
        for one in range(classes):
            for other in range(one, classes):
                curve = share[:, one] * ((one == other) - share[:, other]) * problem.counts[rows]
                hessian[one, :, other] += (features * curve[:, None]).T @ features
    for one in range(classes):
        for other in range(one):
            hessian[one, :, other] = hessian[other, :, one]
    hessian *= problem.inverse_penalty
    biases = hessian[:, -1, :, -1]
    biases += np.trace(biases) / classes  # nothing curves along a number that is added to all of them
    flat = hessian.reshape(point.weights.size, -1)
    penalty = np.full_like(point.weights, problem.curvature)
    penalty[:, -1] = RIDGE * flat.diagonal().max()
    flat[np.diag_indices(len(flat))] += penalty.ravel()
    step = linalg.solve(flat, -point.gradient.ravel(), assume_a="pos", overwrite_a=True, check_finite=False)
    return np.asarray(step.reshape(point.weights.shape))


def _approach(problem: Problem, shares: Numbers, point: _Point, preconditioner: Preconditioner) -> Floats:
    """The step by preconditioned conjugate gradients, which end the sooner the further away the minimum is.

    They compute in the precision of `shares`.
    """
    residual = (-point.gradient).astype(shares.dtype)
    direction = np.zeros_like(residual)
    search = preconditioner.times(residual)
    size = first = float((residual * search).sum())
    forcing = max(min(0.25, first**0.25), 0.5 / point.excess)
    for _ in range(MOST_PRODUCTS):
        product = _hessian_times(problem, shares, search)
        curvature = float((search * product).sum())
        if curvature <= 0:  # of a search that rounding has made nothing of
            break
        length = shares.dtype.type(size / curvature)
        direction += length * search
        residual -= length * product
        scaled = preconditioner.times(residual)
        smaller = float((residual * scaled).sum())
        if smaller <= forcing**2 * first:
            break
        search = scaled + shares.dtype.type(smaller / size) * search
        size = smaller
    return direction.astype(np.float64)


def _curved_rows(problem: Problem, shares: Floats) -> NDArray[np.int64]:
    """Rows that a Newton step must know: all but those that curve little, each against the penalty and all together.

    A row far from the others is many times as long as the mean.
    """
    curvature = (shares * (1 - shares)).max(axis=1) * problem.counts
    order = np.argsort(curvature, kind="stable")
    sums = np.cumsum(curvature[order])
    squared_lengths = 1 + problem.leading.squared_lengths[order]  # with the 1 that the bias takes
    little = LITTLE * problem.curvature / (problem.inverse_penalty * squared_lengths)
    left_out = (sums <= LEFT_OUT * sums[-1]) & (curvature[order] <= little)
    return np.sort(order[~left_out])


def _hessian_times(problem: Problem, shares: Numbers, vector: Numbers) -> Numbers:
    """The product of the Hessian with weights and biases, of their shape (K, D + 1); all rows at once.

    Fits beside each other wait for each other at every call, so that few calls are fastest.
    """
    change = _times(problem.features, vector[:, :-1]) + vector[:, -1]
    change = shares * (change - (shares * change).sum(axis=1, keepdims=True))
    change *= problem.counts[:, None].astype(shares.dtype)
    product = np.empty_like(vector)
    product[:, :-1] = _transposed_times(problem.features, change)
    product[:, -1] = change.sum(axis=0)
    product *= shares.dtype.type(problem.inverse_penalty)
    product[:, :-1] += shares.dtype.type(problem.curvature) * vector[:, :-1]
    return product


def _times(features: Numbers, weights: Numbers) -> Numbers:
    """Features times weights of shape (K, D), shape (N, K): of few classes one after the other, twice as fast."""
    if len(weights) > FEW_CLASSES:
        return features @ weights.T
    return np.stack([features @ one for one in weights], axis=1)


def _transposed_times(features: Numbers, values: Numbers) -> Numbers:
    """Values of shape (N, K) times features, shape (K, D)."""
    if values.shape[1] > FEW_CLASSES:
        return values.T @ features
    return np.stack([one @ features for one in np.ascontiguousarray(values.T)])


def _advance(problem: Problem, point: _Point, direction: Floats) -> _Point | None:
    """The first of ever shorter steps by which the value falls; None if there is none, or the direction leads nowhere.

    Next to the minimum the value no longer tells points apart in double precision; there the gradient has to fall.
    Elsewhere it does not count: it may fall while the value rises, and two points then take turns for ever.
    """
    slope, length = float((point.gradient * direction).sum()), 1.0
    while slope < 0 and length >= SMALLEST_STEP:
        moved = _evaluate(problem, point.weights + length * direction)
        falls = moved.value <= point.value + LEAST_FALL * length * slope
        even = moved.value <= point.value + SAME_VALUE * abs(point.value)
        if falls or (even and moved.excess < 0.9 * point.excess):
            return moved
        length /= 2
    return None
