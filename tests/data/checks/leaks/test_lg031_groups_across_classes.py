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
    assert finding.title == "10 groups of 10 with photos of several classes, as '0'"
    assert finding.measured["groups"]["0"] == {"EarlyBlight": 2, "Healthy": 2, "LateBlight": 2}
    assert len(finding.photos) == len(inputs.manifest.photos)


def in_places(inputs):
    photos = tuple(
        replace(photo, place="field" if photo.path[-5] == "1" else "home") for photo in inputs.manifest.photos
    )
    return replace(inputs, manifest=replace(inputs.manifest, photos=photos))


def test_finds_numbers_that_start_anew_in_each_place(case_of) -> None:
    inputs = in_places(grouped(case_of(), lambda photo: f"{photo.label}-{photo.path[-6]}"))
    groups = {photo.group for photo in inputs.manifest.photos}
    finding = lg.check(inputs)
    assert finding is not None
    assert finding.title == "6 groups of 6 with photos of several classes or places, as 'EarlyBlight-0'"
    assert finding.measured == {"groups": {}, "places": {one: {"home": 9, "field": 1} for one in groups}}


def test_leaves_that_pixels_find_in_several_places_are_no_fault(case_of) -> None:
    first = case_of().inputs.manifest.photos[0]
    assert lg.check(in_places(grouped(case_of(), lambda photo: f"{photo.label}-{photo.path[-5]}"))) is None
    own = grouped(case_of(), lambda photo: first.group if photo.label == first.label else photo.group)
    assert lg.check(in_places(own)) is None


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
    assert lg.check(grouped(case_of(), lambda photo: f"{photo.label}-{photo.path[-5]}")) is None
