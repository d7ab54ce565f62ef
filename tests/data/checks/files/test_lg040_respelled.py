from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.files import lg040_respelled as lg
from leafgraft.records.photo import Respelled


def test_finds_what_was_planted(case_of) -> None:
    inputs = case_of().inputs
    respelled = (Respelled("A\\1.JPG", "A/1.jpg"), Respelled("A\\2.JPG", "A/2.jpg"))
    finding = lg.check(replace(inputs, manifest=replace(inputs.manifest, respelled=respelled)))
    assert finding is not None
    assert (finding.code, finding.severity, finding.photos) == (lg.CODE, "note", ("A/1.jpg", "A/2.jpg"))
    assert "'A\\1.JPG' is A/1.jpg" in finding.title


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
