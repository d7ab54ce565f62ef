from __future__ import annotations

import pytest

from leafgraft.data.checks.files import lg001_unreadable as lg


@pytest.mark.parametrize("fault", ["truncated", "not_images", "empty"])
def test_finds_what_was_planted(case_of, fault: str) -> None:
    case = case_of(**{fault: 4})
    finding = lg.check(case.inputs)
    assert finding is not None
    assert finding.code == lg.CODE
    assert set(finding.photos) == case.planted(fault)
    assert all(finding.measured["reasons"].values())


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
