"""What counts as home when a head was fitted to a place."""

from __future__ import annotations

import numpy as np
import pytest

from leafgraft.storage.predictions import Predictions
from leafgraft.study.steps.field.adapting import change_at_home


def predictions(right: dict[str, float], places: list[str]) -> Predictions:
    """20 validation photos of 'home', then 20 test photos of each place; a share of each part is right."""
    split = np.array(["validation"] * 20 + ["test"] * 20 * len(places))
    place = np.array(["home"] * 20 + [one for one in places for _ in range(20)])
    label = np.arange(len(split)) % 2
    parts = ["validation", *places]
    wrong = np.concatenate([np.arange(20) >= round(20 * right[part]) for part in parts])
    ids = np.arange(len(split)).astype(np.str_)
    return Predictions(ids, split, label, np.eye(2, dtype=np.float32)[label ^ wrong], np.array(["a", "b"]), ids, place)


@pytest.mark.parametrize(
    ("places", "part", "home"), [(["field"], "validation", (0.9, 0.8)), (["home", "field"], "test", (0.7, 0.6))]
)
def test_test_photos_of_a_place_that_was_not_trained_in_are_not_home(
    places: list[str], part: str, home: tuple[float, float]
) -> None:
    before = predictions({"validation": 0.9, "home": 0.7, "field": 0.35}, places)
    after = predictions({"validation": 0.8, "home": 0.6, "field": 0.5}, places)
    change, found, elsewhere = change_at_home(before, after, ["field"])
    assert (found, change.before, change.after) == (part, *map(pytest.approx, home))
    assert {name: (one.photos, one.before, one.after) for name, one in elsewhere.items()} == {"field": (20, 0.35, 0.5)}


def test_all_test_photos_are_home_where_every_place_was_trained_in() -> None:
    both = predictions({"validation": 0.9, "home": 0.7, "field": 0.5}, ["home", "field"])
    change, part, elsewhere = change_at_home(both, both, [])
    assert (change.photos, part, elsewhere) == (40, "test", {})
