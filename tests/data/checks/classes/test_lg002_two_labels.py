from __future__ import annotations

from leafgraft.data.checks.classes import lg002_two_labels as lg


def test_finds_what_was_planted(case_of) -> None:
    case = case_of(two_labels=4)
    finding = lg.check(case.inputs)
    assert finding is not None
    assert finding.code == lg.CODE
    assert finding.severity == "error"
    assert set(finding.photos) == case.planted("two_labels")


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
