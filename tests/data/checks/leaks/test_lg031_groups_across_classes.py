from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.leaks import lg031_groups_across_classes as lg


def grouped(case, group_of):
    photos = tuple(replace(photo, group=group_of(photo)) for photo in case.inputs.manifest.photos)
    return replace(case.inputs, manifest=replace(case.inputs.manifest, photos=photos))


def test_finds_numbers_that_start_anew_in_each_class(case_of) -> None:
    inputs = grouped(case_of(), lambda photo: photo.path[-5])
    finding = lg.check(inputs)
    assert finding is not None
    assert finding.code == lg.CODE
    assert finding.title.startswith("10 groups of 10 with")
    assert finding.measured["groups"]["0"] == {"EarlyBlight": 2, "Healthy": 2, "LateBlight": 2}
    assert len(finding.photos) == len(inputs.manifest.photos)


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
    assert lg.check(grouped(case_of(), lambda photo: f"{photo.label}-{photo.path[-5]}")) is None
