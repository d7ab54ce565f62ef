from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.leaks import lg007_split_leak as lg


def test_finds_leaves_on_both_sides_of_a_given_split(case_of) -> None:
    case = case_of()
    fold = case.inputs.splits.folds[0]
    shared = {fold.train[0], fold.test[0]}
    photos = tuple(
        replace(photo, group="one leaf") if photo.photo_id in shared else photo for photo in case.inputs.manifest.photos
    )
    inputs = replace(
        case.inputs,
        manifest=replace(case.inputs.manifest, photos=photos),
        splits=replace(case.inputs.splits, origin="given"),
    )
    finding = lg.check(inputs)
    assert finding is not None
    assert finding.severity == "error"
    assert finding.measured["test_photos"] == 1
    assert set(finding.photos) == {photo.path for photo in photos if photo.group == "one leaf"}


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
