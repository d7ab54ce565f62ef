from __future__ import annotations

from leafgraft.data.checks.pictures import lg013_sizes as lg


def test_counts_sizes(case_of) -> None:
    finding = lg.check(case_of(tiny=4).inputs)
    assert finding is not None
    assert finding.severity == "note"
    assert finding.measured["sizes"] == 2


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
