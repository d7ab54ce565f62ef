"""A preconditioner for Newton's equations of a linear head: the directions in which features vary most, solved exactly.

The features of a network vary much in a few directions and little in all others. Conjugate gradients spend most of
their steps on these few; here they are solved for each class by itself, and the others count as one number.

Source: Halko, Martinsson and Tropp 2011, Finding Structure with Randomness, algorithm 4.4 (the directions);
Frangella, Tropp and Udell 2023, Randomized Nyström Preconditioning (a few leading directions, and a number for all
others).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from threadpoolctl import threadpool_limits

from leafgraft.choices.heads.standardisation import Floats

DIRECTIONS = 64  # with 32, 1.3 times as many products with the Hessian are needed; 96 take more time than they save
ROUNDS = 2  # of subspace iteration: the directions that one finds need a fifth more products, or a quarter
RIDGE = 1e-6  # of the largest curvature of a bias: more than rounding in single precision takes away
Singles = NDArray[np.float32]
Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class LeadingDirections:
    """Where features vary most.

    Attributes:
        directions: Orthonormal columns, shape (D, R).
        coordinates: The features along them and a column of ones for the bias, shape (N, R + 1).
        squared_lengths: Squared length of each row, shape (N,).
        others: The part of it that lies across the directions, shape (N,).
    """

    directions: Singles
    coordinates: Singles
    squared_lengths: Floats
    others: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Preconditioner:
    """About the inverse of the Hessian.

    A number added to one weight of all classes changes no probability, so along it only the penalty curves.

    Attributes:
        directions: Leading directions of the features, shape (D, R).
        inverses: For each class, the inverse of the Hessian along these directions and the bias, (K, R + 1, R + 1).
        across: Curvature across them, for all classes.
        penalty: Curvature of the penalty.
    """

    directions: Singles
    inverses: Singles
    across: float
    penalty: float

    def times(self, residual: Numbers) -> Numbers:
        """The product with a residual, of its shape (K, D + 1) and precision."""
        shared = residual.mean(axis=0)
        apart = residual - shared
        along = apart[:, :-1] @ self.directions
        solved = np.einsum("kij,kj->ki", self.inverses, np.concatenate([along, apart[:, -1:]], axis=1))
        product = np.empty_like(residual)
        product[:, :-1] = (apart[:, :-1] - along @ self.directions.T) / residual.dtype.type(self.across)
        product[:, :-1] += solved[:, :-1] @ self.directions.T
        product[:, -1] = solved[:, -1]
        product -= product.mean(axis=0)
        product[:, :-1] += shared[:-1] / residual.dtype.type(self.penalty)
        return product


def leading_directions(features_nd: Singles, counts: Floats) -> LeadingDirections:
    """Directions in which features vary most, found from a fixed random start.

    Args:
        features_nd: Standardised features, shape (N, D).
        counts: How often each row counts, shape (N,).
    """
    rows, width = features_nd.shape
    found = np.random.default_rng(0).standard_normal((width, min(DIRECTIONS, rows, width)), dtype=np.float32)
    often = counts[:, None].astype(np.float32)
    with threadpool_limits(1, "blas"):  # the bits do not depend on how many there are
        for _ in range(ROUNDS):
            found, _ = linalg.qr(features_nd.T @ (often * (features_nd @ found)), mode="economic", check_finite=False)
        along = features_nd @ found
    lengths = np.einsum("nd,nd->n", features_nd, features_nd, dtype=np.float64)
    others = np.maximum(lengths - np.einsum("nr,nr->n", along, along, dtype=np.float64), 0)
    return LeadingDirections(found, np.concatenate([along, np.ones((rows, 1), np.float32)], axis=1), lengths, others)


def precondition(
    leading: LeadingDirections, rows: NDArray[np.int64], curvatures: Floats, penalty: float
) -> Preconditioner:
    """The preconditioner of one Newton step.

    Args:
        leading: Leading directions of the features of all rows.
        rows: Rows whose curvature counts, n of them.
        curvatures: Second derivatives of the loss of each row by the logit of each class, shape (n, K).
        penalty: Curvature of the penalty.
    """
    classes, (width, size) = curvatures.shape[1], leading.directions.shape
    # (1 - 1 / K) of what each class has by itself is left once nothing may be added to all of them
    curvatures = curvatures * (classes / (classes - 1))
    coordinates, roots = leading.coordinates[rows], np.sqrt(curvatures).astype(np.float32)
    hessians = np.empty((classes, size + 1, size + 1))
    for one in range(classes):
        scaled = coordinates * roots[:, one : one + 1]
        hessians[one] = scaled.T @ scaled
    biases = hessians[:, -1, -1]
    biases += max(RIDGE * biases.max(), np.finfo(np.float32).tiny)
    hessians[:, np.arange(size), np.arange(size)] += penalty
    across = penalty + float((curvatures.T @ leading.others[rows]).mean()) / max(1, width - size)
    return Preconditioner(leading.directions, np.linalg.inv(hessians).astype(np.float32), across, penalty)
