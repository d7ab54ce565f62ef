from __future__ import annotations

from dataclasses import replace

import pytest

from leafgraft.data.checks.shortcuts import lg021_floors as lg
from leafgraft.records.finding import Floor

FLOORS = {"largest_class": Floor(0.4, (0.35, 0.45)), "colour": Floor(0.78, (0.74, 0.82))}


def test_names_the_highest_floor(case_of) -> None:
    finding = lg.check(replace(case_of().inputs, floors=FLOORS))
    assert finding is not None
    assert "colour" in finding.title
    assert "78.0%" in finding.title


@pytest.mark.parametrize("floors", [{}, {**FLOORS, "colour": Floor(0.42, (0.36, 0.48))}])
def test_is_silent_without(case_of, floors) -> None:
    assert lg.check(replace(case_of().inputs, floors=floors)) is None
