from __future__ import annotations

from leafgraft.data.checks.pictures import lg010_bright as lg


def test_finds_what_was_planted(case_of) -> None:
    case = case_of(bright=4)
    finding = lg.check(case.inputs)
    assert finding is not None
    assert finding.code == lg.CODE
    assert finding.severity == "warning"
    assert set(finding.photos) == case.planted("bright")


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
