from __future__ import annotations

import numpy as np

from leafgraft.study.steps.field.candidates import MOST_CROPPED, of_every_class


def test_crops_are_cut_from_as_many_photos_of_every_class_as_there_are():
    labels = np.repeat([0, 1, 2], [2000, 100, 900])
    rows = of_every_class(labels)
    assert len(rows) == len(set(rows)) == MOST_CROPPED
    assert np.bincount(labels[rows]).tolist() == [450, 100, 450]
    np.testing.assert_array_equal(rows, of_every_class(labels))


def test_all_photos_are_cut_where_there_are_few():
    assert of_every_class(np.array([1, 0, 1])).tolist() == [0, 1, 2]
