"""Features brought to mean 0 and deviation 1, and the way back: a linear layer for features as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK_ROWS = 256  # rows at a time in double precision: they stay in the processor's cache
Features = NDArray[np.floating]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Standardisation:
    """Mean and deviation of every feature, of the training rows.

    Attributes:
        mean: Mean of each feature, float64, shape (D,).
        deviation: Deviation of each feature, float64, shape (D,); 1 where a feature does not change.
    """

    mean: Floats
    deviation: Floats

    def apply(self, features_nd: Features) -> NDArray[np.float32]:
        """Standardised features of shape (N, D).

        Args:
            features_nd: Features as they are, shape (N, D).
        """
        standard = np.empty(features_nd.shape, np.float32)
        for rows in blocks(len(features_nd)):
            standard[rows] = (features_nd[rows] - self.mean) / self.deviation
        return standard

    def fold(self, weight: Floats, bias: Floats) -> tuple[Floats, Floats]:
        """A linear layer for standardised features as one for features as they are.

        Args:
            weight: Weights for standardised features, shape (K, D).
            bias: Biases, shape (K,).

        Returns:
            Both in double precision, of the same shapes.
        """
        folded = weight / self.deviation
        return folded, bias - folded @ self.mean

    def unfold(self, weight: Floats, bias: Floats) -> tuple[Floats, Floats]:
        """The way back: a linear layer for features as they are as one for standardised features.

        Args:
            weight: Weights for features as they are, shape (K, D).
            bias: Biases, shape (K,).
        """
        return weight * self.deviation, bias + weight @ self.mean


def standardisation_of(features_nd: Features) -> Standardisation:
    """Measure the mean and the (biased) standard deviation of features of shape (N, D).

    A feature that varies by no more than single precision can hold counts as one that does not change.

    Args:
        features_nd: Features of the training rows, shape (N, D).

    Source:
        scikit-learn's StandardScaler.

    Example:
        >>> standardisation_of(np.array([[1.0, 5.0], [3.0, 5.0]])).deviation.tolist()
        [1.0, 1.0]
    """
    mean = features_nd.mean(axis=0, dtype=np.float64)
    squares = np.zeros_like(mean)
    for rows in blocks(len(features_nd)):
        squares += ((features_nd[rows] - mean) ** 2).sum(axis=0)
    deviation = np.sqrt(squares / len(features_nd))
    deviation[deviation <= np.finfo(np.float32).eps * np.abs(features_nd).max(axis=0)] = 1.0
    return Standardisation(mean, deviation)


def blocks(count: int) -> Iterator[slice]:
    """Slices that cover `count` rows, in order."""
    for start in range(0, count, BLOCK_ROWS):
        yield slice(start, start + BLOCK_ROWS)
