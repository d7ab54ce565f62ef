"""How far two people agree on what photos show, beyond what chance would bring.

Source: Cohen 1960, "A coefficient of agreement for nominal scales"; the interval is a bootstrap over photos.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leafgraft.records.evaluation import Interval

DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two labellers on the same photos.

    Attributes:
        photos: How many both gave an answer to.
        same: Share of them with the same answer.
        kappa: Cohen's kappa; None where both gave one and the same answer to all, which chance brings too.
        interval: 95% interval of kappa; None where they differ nowhere or kappa is None: the photos cannot tell it
            then.
    """

    photos: int
    same: float
    kappa: float | None
    interval: Interval | None


def measure_agreement(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """Compare the answers of two people to the same photos; every answer counts as a class of its own.

    Args:
        first: Answers of the one, one per photo; at least one.
        second: Answers of the other, in the same order.
    """
    names, codes = np.unique([*first, *second], return_inverse=True)
    table = np.zeros((len(names), len(names)))
    np.add.at(table, (codes[: len(first)], codes[len(first) :]), 1)
    count = len(first)
    same, kappa = float(np.trace(table)) / count, float(_kappa(table[None])[0])
    if np.isnan(kappa) or same == 1:
        return Agreement(count, same, None if np.isnan(kappa) else kappa, None)
    drawn = np.random.default_rng(0).multinomial(count, table.ravel() / count, DRAWS).reshape(-1, *table.shape)
    low, high = np.nanquantile(_kappa(drawn / count), (0.025, 0.975))
    return Agreement(count, same, kappa, (float(low), float(high)))


def _kappa(tables_bkk: NDArray[np.floating]) -> NDArray[np.float64]:
    """Kappa of each table of counts, shape (B, K, K); not a number where chance alone brings full agreement."""
    shares = tables_bkk / tables_bkk.sum(axis=(1, 2), keepdims=True)
    same = np.trace(shares, axis1=1, axis2=2)
    by_chance = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
    beyond = np.where(np.isclose(by_chance, 1), np.nan, 1 - by_chance)
    return np.asarray((same - by_chance) / beyond, dtype=np.float64)
