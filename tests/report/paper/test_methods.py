"""What the methods say of photos and split."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from leafgraft.records.photo import Photo
from leafgraft.records.split import Fold, Splits
from leafgraft.report.paper.text import methods

PHOTOS = [Photo(one, f"{one}.jpg", "rust", 9, 9, one) for one in "abcd"]
GIVEN = Splits((Fold(("a", "b"), ("c",), ("d",)),), 5, keep_groups=True, origin="given")


@pytest.mark.parametrize(
    ("splits", "words"),
    [
        (GIVEN, "They came divided into training, validation and test photos: 2, 1 and 1 photos;"),
        (
            replace(GIVEN, validation_drawn=True),
            "They came divided into training and test photos; validation photos were drawn from the training photos,",
        ),
        (replace(GIVEN, origin="drawn"), "They were divided at random, stratified by class, into training,"),
    ],
)
def test_what_came_divided_is_not_told_of_photos_that_were_drawn(splits: Splits, words: str) -> None:
    (said,) = methods.split(SimpleNamespace(splits=splits, photos=PHOTOS))  # type: ignore[arg-type]
    assert said.startswith(words)
