"""How much the photos of each place count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def balancing_counts(place_n: Sequence[str]) -> NDArray[np.float64]:
    """How much each training photo counts, so that every place counts alike: shape (N,), with a mean of 1.

    Example:
        >>> balancing_counts(["home", "home", "home", "field"]).round(2).tolist()
        [0.67, 0.67, 0.67, 2.0]
    """
    names, index, photos = np.unique(np.array(place_n, dtype=np.str_), return_inverse=True, return_counts=True)
    return np.asarray(len(index) / (len(names) * photos[index]))
