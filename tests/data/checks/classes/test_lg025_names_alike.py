from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.classes import lg025_names_alike as lg


def test_finds_what_was_planted(case_of) -> None:
    inputs = case_of().inputs
    first, *others = inputs.manifest.photos
    renamed = replace(first, label=f"{first.label.lower()} ")
    finding = lg.check(replace(inputs, manifest=replace(inputs.manifest, photos=(renamed, *others))))
    assert finding is not None
    assert (finding.code, finding.severity, finding.photos) == (lg.CODE, "error", (first.path,))
    assert finding.measured == {"spellings": [[first.label, renamed.label]]}
    assert f"'{first.label}'" in finding.mend


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
