from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.files import lg044_taken_otherwise as lg
from leafgraft.records.photo import Taken


def test_finds_what_was_planted(case_of) -> None:
    inputs = case_of().inputs
    taken = Taken({"Healthy": ("doubtful",)}, ("plant",), {"leaf2": "leaf1"}, {"Rust/0.jpg": "Healthy"})
    finding = lg.check(replace(inputs, manifest=replace(inputs.manifest, taken=taken)))
    assert finding is not None
    assert (finding.code, finding.severity) == (lg.CODE, "note")
    for words in ("Healthy/doubtful", "not used: plant", "'leaf1' + 'leaf2'", "Rust/0.jpg is 'Healthy' there"):
        assert words in finding.title
    assert finding.measured["unused"] == ("plant",)


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
