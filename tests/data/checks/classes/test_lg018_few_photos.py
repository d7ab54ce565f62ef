from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.classes import lg018_few_photos as lg


def _with(case, kept: dict[str, int]):
    """Only so many photos of each class."""
    left, chosen = dict(kept), []
    for photo, facts in case.inputs.pairs():
        if left.get(photo.label, 0) > 0:
            left[photo.label] -= 1
            chosen.append((photo, facts))
    photos, facts = zip(*chosen, strict=True)
    return replace(case.inputs, manifest=replace(case.inputs.manifest, photos=photos), facts=facts, splits=None)


def test_names_small_classes(case_of) -> None:
    finding = lg.check(_with(case_of(), {"Healthy": 20, "EarlyBlight": 20, "LateBlight": 3}))
    assert finding is not None
    assert finding.severity == "error"
    assert finding.measured["classes"] == {"LateBlight": 3}
    assert len(finding.photos) == 3


def test_the_line_to_write_is_yaml(case_of) -> None:
    inputs = _with(case_of(), {"Healthy": 20, "EarlyBlight": 20, "LateBlight": 3})
    photos = tuple(
        replace(one, label="Pepper,_bell" if one.label == "LateBlight" else one.label) for one in inputs.manifest.photos
    )
    finding = lg.check(replace(inputs, manifest=replace(inputs.manifest, photos=photos)))
    assert finding is not None
    assert finding.mend.endswith("exclude: ['Pepper,_bell'].")


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
