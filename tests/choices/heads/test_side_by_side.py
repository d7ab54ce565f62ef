"""Fits beside each other give what fits one after the other give, to the last bit."""

from __future__ import annotations

import threading

import numpy as np
from threadpoolctl import threadpool_info

from leafgraft.choices.heads.optimum import fit_heads
from leafgraft.choices.heads.side_by_side import side_by_side


def test_results_come_in_order_with_the_bits_of_fits_one_after_the_other() -> None:
    generator = np.random.default_rng(0)
    labels = np.arange(120) % 3
    sets = [generator.normal(size=(120, 400)).astype(np.float32) + labels[:, None] * 0.1 for _ in range(4)]

    def fit(features: np.ndarray) -> bytes:
        return next(fit_heads(features, labels, 3, (0.01,))).weight.tobytes()

    assert side_by_side(fit, sets) == [fit(features) for features in sets]


def test_each_fit_has_a_thread_and_its_sums_one_thread_alone() -> None:
    def look(_: int) -> tuple[int, bool]:
        blas = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
        return max(blas), threading.current_thread() is threading.main_thread()

    assert set(side_by_side(look, range(4))) == {(1, False)}
