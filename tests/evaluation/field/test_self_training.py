from __future__ import annotations

import numpy as np

from leafgraft.evaluation.field.self_training import WeightedRows, surest_answers


def test_the_surest_answers_of_every_class_are_taken_as_many_of_a_hundred_of_each():
    sure = np.linspace(0.6, 0.99, 20)
    probabilities = np.stack([np.r_[sure[:15], 1 - sure[15:]], np.r_[1 - sure[:15], sure[15:]]], axis=1)
    features = np.arange(20, dtype=np.float32)[:, None]
    rows = surest_answers(features, probabilities, 50.0)
    assert rows.features[:, 0].tolist() == [*range(6, 15), 17, 18, 19]
    assert rows.labels.tolist() == [0] * 9 + [1] * 3
    assert np.isclose(rows.counts.sum(), 50.0)


def test_a_class_with_one_answer_keeps_it():
    rows = surest_answers(np.zeros((3, 2), np.float32), np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]]), 3.0)
    assert rows.labels.tolist() == [0, 1]


def test_rows_are_joined_in_order():
    one = WeightedRows(np.zeros((1, 2), np.float32), np.array([0]), np.array([1.0]))
    other = WeightedRows(np.ones((2, 2), np.float32), np.array([1, 2]), np.array([2.0, 3.0]))
    joined = one.joined(other)
    assert joined.features[:, 0].tolist() == [0, 1, 1]
    assert joined.labels.tolist() == [0, 1, 2]
    assert joined.counts.tolist() == [1, 2, 3]
