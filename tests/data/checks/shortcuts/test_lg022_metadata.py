from __future__ import annotations

from leafgraft.data.checks.shortcuts import lg022_metadata as lg


def test_finds_cameras_and_quality_that_tell_the_class(case_of) -> None:
    finding = lg.check(case_of(metadata=0.9).inputs)
    assert finding is not None
    assert finding.measured["cramers_v"]["camera"] > lg.STRONG
    assert finding.measured["cramers_v"]["JPEG quality"] > lg.STRONG


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
