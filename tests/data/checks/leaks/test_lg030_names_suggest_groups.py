from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.leaks import lg030_names_suggest_groups as lg
from leafgraft.data.groups.from_names import name_groups


def renamed(case, name_of):
    photos = [
        replace(photo, path=f"{photo.label}/{name_of(number)}")
        for number, photo in enumerate(case.inputs.manifest.photos)
    ]
    return replace(case.inputs, manifest=replace(case.inputs.manifest, photos=tuple(photos)))


def test_counts_test_photos_and_says_what_to_write(case_of) -> None:
    inputs = renamed(case_of(), lambda number: f"{number // 2}_{number:03}.jpg")
    fold = inputs.splits.folds[0]
    leaf_of = {photo.photo_id: photo.path.split("/")[1].split("_")[0] for photo in inputs.manifest.photos}
    seen = {leaf_of[one] for one in fold.train}
    shared = [one for one in fold.test if leaf_of[one] in seen]
    finding = lg.check(inputs)
    assert finding is not None
    assert finding.code == lg.CODE
    assert finding.measured["line"] == r"groups: {name: '^(\d+)_'}"
    assert finding.measured["line"] in finding.mend
    assert finding.measured["test_photos"] == len(shared) == len(finding.photos) > 0
    assert f"{len(shared)} of {len(fold.test)} test photos" in finding.title
    unsplit = lg.check(replace(inputs, splits=None))
    assert unsplit is not None
    assert "test photos" not in unsplit.title
    named = name_groups(finding.measured["pattern"], inputs.manifest)
    assert lg.check(replace(inputs, manifest=named)) is None  # said and done


def test_one_test_photo_shares_its_name(case_of) -> None:
    inputs = renamed(case_of(), lambda number: f"{number // 2}_{number:03}.jpg")
    ids = [photo.photo_id for photo in inputs.manifest.photos]
    fold = replace(
        inputs.splits.folds[0], train=tuple(ids[:31]), validation=tuple(ids[32:50]), test=(ids[31], *ids[50:])
    )
    finding = lg.check(replace(inputs, splits=replace(inputs.splits, folds=(fold,))))
    assert finding is not None
    assert "1 of 11 test photos shares a part of its name with a training photo" in finding.title


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
    inputs = renamed(case_of(), lambda number: f"{number // 2}_{number:03}.jpg")
    parts = {"train": inputs.manifest.photos[:40], "validation": inputs.manifest.photos[40:50]}
    ids = {part: tuple(photo.photo_id for photo in of) for part, of in parts.items()}
    fold = replace(inputs.splits.folds[0], **ids, test=tuple(one.photo_id for one in inputs.manifest.photos[50:]))
    assert lg.check(replace(inputs, splits=replace(inputs.splits, folds=(fold,)))) is None  # no leaf on both sides
