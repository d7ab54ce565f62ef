"""What the methods say of photos and split."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from leafgraft.records.photo import Photo
from leafgraft.records.split import Fold, Splits
from leafgraft.report.paper.text import analysis, methods

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


@pytest.mark.parametrize(
    ("trained", "words"),
    [
        (["0.2"], "leafgraft 0.2 [@leafgraft], PyTorch 2.9 [@paszke2019], Python 3.11."),
        (["0.1", "0.2"], "leafgraft 0.1, 0.2 [@leafgraft], PyTorch 2.9"),
        ([], "leafgraft [@leafgraft], PyTorch 2.9"),
    ],
)
def test_versions_are_those_that_trained_not_that_of_who_writes_the_kit(trained: list[str], words: str) -> None:
    info = {"device": "cpu", "train_seconds": 60}
    infos = [{**info, "versions": {"torch": "2.9", "python": "3.11", "leafgraft": one}} for one in trained]
    infos = infos or [{**info, "versions": {"torch": "2.9", "python": "3.11"}}]
    contents: Any = SimpleNamespace(trained={"a": infos}, version="0.2", run={"date": "2026-12-01"})
    said = analysis.machine(contents)
    assert said[0].startswith(words)
    assert ("Figures and tables were made with leafgraft 0.2." in said) == (trained != ["0.2"])


@pytest.mark.parametrize(("run", "words"), [({"leafgraft": "0.1"}, "leafgraft 0.1 [@l"), ({}, "leafgraft [@l")])
def test_the_audit_is_that_of_the_run(run: dict[str, str], words: str) -> None:
    audit = {"counts": {"photos": 2, "classes": {"rust": 2}, "unreadable": []}, "findings": []}
    contents: Any = SimpleNamespace(audit=audit, run=run, version="0.2")
    assert f"audited with {words}" in methods.photos(contents)[-1]


@pytest.mark.parametrize(
    ("made_of", "words"),
    [
        ([], "They were corrected for all pairs together."),
        (
            ["b"],
            "They were corrected for 1 pair of trained recipes together, and for 2 pairs with what is made of them.",
        ),
    ],
)
def test_pairs_that_were_corrected_together_are_told(made_of: list[str], words: str) -> None:
    recipes = [{"name": name, "derived_from": made_of if name == "c" else []} for name in "abc"]
    pairs = [{"a": a, "b": b} for a, b in ("ab", "ac", "bc")]
    contents: Any = SimpleNamespace(evaluation={"recipes": recipes, "pairs": pairs, "seeds": 1})
    assert words in " ".join(analysis.comparisons(contents))


@pytest.mark.parametrize("left_out", [["field", "home"], None])
def test_floors_that_leave_places_out_are_told_as_such(left_out: list[str] | None) -> None:
    audit = {"floors": {"colour": {"accuracy": 0.4}}} | ({"floors_left_out": left_out} if left_out else {})
    contents: Any = SimpleNamespace(audit=audit, verdict={}, curves=[])
    told = analysis.measurements(contents)
    assert ("For them, too, each place was left out of learning in turn." in told) == bool(left_out)


def test_a_second_folder_of_one_photo_holds_one() -> None:
    counts = {"photos": 9, "classes": {"rust": 9}, "unreadable": []}
    audit = {"counts": counts, "findings": [], "second": {"field": {"counts": {"photos": 1}}}}
    told = methods.photos(SimpleNamespace(audit=audit, run={}))
    assert told[1] == "A second folder, 'field', holds 1 photo from elsewhere; none was trained on."
