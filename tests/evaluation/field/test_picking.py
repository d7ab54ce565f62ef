from __future__ import annotations

import numpy as np

from leafgraft.evaluation.field.picking import choose_photos, uncertainty_of
from leafgraft.records.pick import RANDOM, TYPICAL, UNCERTAIN


def blobs(kinds: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(kinds, 20)) * 10
    kind = np.repeat(np.arange(kinds), each)
    return (centres[kind] + generator.normal(size=(len(kind), 20))).astype(np.float32), kind


def test_the_first_picks_are_one_of_each_kind():
    features, kind = blobs(9, 20)
    choices = [one for one in choose_photos(features, 10) if one.reason == TYPICAL]
    assert sorted(kind[one.rows[0]] for one in choices) == list(range(9))
    assert all((kind[one.rows] == kind[one.rows[0]]).all() for one in choices)


def test_a_tenth_is_drawn_at_random_and_comes_last():
    features, _ = blobs(5, 40)
    reasons = [one.reason for one in choose_photos(features, 60)]
    assert reasons == [TYPICAL] * 54 + [RANDOM] * 6


def test_no_photo_is_chosen_twice_and_the_choice_is_the_same_every_time():
    features, _ = blobs(7, 12)
    first, again = choose_photos(features, 30), choose_photos(features, 30)
    rows = [int(one.rows[0]) for one in first]
    assert len(set(rows)) == 30
    assert rows == [int(one.rows[0]) for one in again]


def test_more_labels_than_photos_choose_all_photos():
    features, _ = blobs(3, 4)
    assert sorted(int(one.rows[0]) for one in choose_photos(features, 100)) == list(range(12))


def test_once_a_head_knows_labels_photos_that_it_is_unsure_of_are_chosen():
    features, kind = blobs(4, 50)
    uncertainty = np.where(np.arange(len(kind)) % 50 < 10, 1.0, 0.0)
    chosen = [one for one in choose_photos(features, 20, uncertainty) if one.reason == UNCERTAIN]
    assert len(chosen) == 18
    assert np.mean([uncertainty[one.rows[0]] for one in chosen]) > 0.6  # a fifth would be by chance
    assert {int(kind[one.rows[0]]) for one in chosen} == {0, 1, 2, 3}


def test_uncertainty_is_one_less_the_margin():
    np.testing.assert_allclose(uncertainty_of(np.array([[0.5, 0.5, 0.0], [0.9, 0.1, 0.0]])), [1.0, 0.2])
