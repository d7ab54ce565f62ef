"""What the page says of a run, taken from the trials that it is true of."""

from __future__ import annotations

from leafgraft.study.page import _views

PROBE = {"recipe": {"augmentation": []}, "training": {"views": 0}}
FLIPPED = {"recipe": {"augmentation": [{"name": "flip"}]}, "training": {"views": 4}}


def test_views_are_those_of_recipes_that_have_some() -> None:
    assert _views([PROBE]) == "the plain photo only"
    assert _views([PROBE, FLIPPED]).startswith("4 recorded views")
