"""Fits beside each other, as many as there are cores."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Found = TypeVar("Found")


def side_by_side(fit: Callable[[Item], Found], items: Iterable[Item]) -> list[Found]:
    """Results of `fit` for each item, in order; a fit is one thread's own, so its bits do not depend on their number.

    Args:
        fit: What is done for one item; must not change what another one reads.
        items: What to do it for.
    """
    # Warning filters are the process's own: what scikit-learn changes in several threads is not put back as it was.
    with threadpool_limits(1, "blas"), warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(fit, items))
