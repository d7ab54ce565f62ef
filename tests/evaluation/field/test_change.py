"""What a new head brings and costs."""

from __future__ import annotations

import numpy as np

from leafgraft.evaluation.field.change import measure_change


def test_both_heads_have_intervals_of_accuracy_and_of_balanced_accuracy() -> None:
    labels, groups = np.arange(30) % 3, np.arange(30).astype(np.str_)
    old, new = np.where(np.arange(30) < 18, labels, 3), np.where(labels > 0, labels, np.arange(30) // 15)
    forth, back = measure_change(old, new, labels, groups), measure_change(new, old, labels, groups)
    assert (forth.before, forth.after) == (back.after, back.before) == (0.6, 25 / 30)
    assert forth.before_interval == back.interval
    assert forth.interval == back.before_interval
    assert forth.balanced_before_interval == back.balanced_interval
    assert forth.balanced_interval == back.balanced_before_interval
    for share, (low, high) in (
        (forth.before, forth.before_interval),
        (forth.balanced_before, forth.balanced_before_interval),
        (forth.balanced_after, forth.balanced_interval),
    ):
        assert 0 < low < share < high < 1
