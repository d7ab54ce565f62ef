from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.leaks import lg043_shared_with_training as lg


def test_finds_what_was_planted(case_of) -> None:
    inputs = replace(case_of().inputs, shared=(("A/1.jpg", "A/9.jpg"), ("A/2.jpg", "A/9.jpg"), ("A/1.jpg", "A/8.jpg")))
    finding = lg.check(inputs)
    assert finding is not None
    assert (finding.code, finding.severity) == (lg.CODE, "error")
    assert finding.photos == ("A/9.jpg", "A/8.jpg")
    assert finding.title.startswith("2 photos show")


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
