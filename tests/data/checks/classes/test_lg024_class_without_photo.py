from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.classes import lg024_class_without_photo as lg


def test_finds_what_was_planted(case_of) -> None:
    inputs = case_of().inputs
    manifest = replace(inputs.manifest, empty={"Rust": "a link to a folder is not followed"})
    finding = lg.check(replace(inputs, manifest=manifest))
    assert finding is not None
    assert (finding.code, finding.severity) == (lg.CODE, "error")
    assert "Rust (a link to a folder is not followed)" in finding.title
    assert "exclude: [Rust]" in finding.mend


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
