from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.classes import lg042_places_lack_classes as lg


def at(inputs, place_of):
    photos = tuple(replace(photo, place=place_of(photo)) for photo in inputs.manifest.photos)
    return replace(inputs, manifest=replace(inputs.manifest, photos=photos))


def test_finds_what_was_planted(case_of) -> None:
    inputs = case_of().inputs
    label = inputs.manifest.classes[0]
    finding = lg.check(at(inputs, lambda photo: "field" if photo.label == label else "home"))
    assert finding is not None
    assert (finding.code, finding.severity) == (lg.CODE, "warning")
    assert finding.measured == {"places": {"field": list(inputs.manifest.classes[1:]), "home": [label]}}
    assert f"home ({label})" in finding.title


def test_is_silent_without(case_of) -> None:
    inputs = case_of().inputs
    assert lg.check(inputs) is None
    assert lg.check(at(inputs, lambda photo: "home")) is None
