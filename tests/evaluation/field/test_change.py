"""What a new head brings and costs."""

from __future__ import annotations

import numpy as np
import pytest

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


@pytest.mark.parametrize(
    ("better", "worse", "photos"), [(10, 3, 15), (10, 3, 24), (15, 6, 30), (15, 5, 30), (6, 0, 30)]
)
def test_a_gain_is_shown_exactly_where_p_is_below_5_percent(better: int, worse: int, photos: int) -> None:
    rows, labels = np.arange(photos), np.zeros(photos, dtype=np.int64)
    old = (rows < better).astype(np.int64)
    new = ((rows >= better) & (rows < better + worse)).astype(np.int64)
    found = measure_change(old, new, labels, rows.astype(np.str_))
    assert found.shown_better == (found.p < 0.05)
    assert found.shown_better == ((better, worse) in {(15, 5), (6, 0)})


def test_a_gain_that_one_leaf_of_many_photos_makes_is_not_told_in_two_ways() -> None:
    groups, labels = np.repeat(np.arange(10), 10), np.zeros(100, dtype=np.int64)
    gained = (groups == 0) | (np.arange(100) % 10 == 0)
    found = measure_change(gained.astype(np.int64), labels, labels, groups.astype(np.str_))
    assert not found.shown_better
    assert found.p > 0.05
