from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.files import lg027_passed_over as lg


def test_finds_what_was_planted(case_of) -> None:
    inputs = case_of().inputs
    others = ("@eaDir/", "A/1.xml", "A/2.XML", "A/Thumbs.db", "notes.txt")
    finding = lg.check(replace(inputs, manifest=replace(inputs.manifest, passed_over=others)))
    assert finding is not None
    assert (finding.code, finding.severity, finding.photos) == (lg.CODE, "note", others)
    assert finding.measured == {"kinds": {".xml": 2, "@eaDir/": 1, "Thumbs.db": 1, ".txt": 1}}
    assert "2 .xml, 1 @eaDir/" in finding.title


def test_is_silent_without(case_of) -> None:
    inputs = case_of().inputs
    assert inputs.manifest.passed_over == ("truth.json",)  # which the drawing leaves
    assert lg.check(replace(inputs, manifest=replace(inputs.manifest, passed_over=()))) is None
