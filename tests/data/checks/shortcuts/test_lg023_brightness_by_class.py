from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.shortcuts import lg023_brightness_by_class as lg


def test_finds_light_that_tells_the_class(case_of) -> None:
    inputs = case_of().inputs
    facts = tuple(
        replace(one, brightness=one.brightness + (80 if photo.label == "Healthy" else 0))
        for photo, one in inputs.pairs()
    )
    finding = lg.check(replace(inputs, facts=facts))
    assert finding is not None
    assert finding.measured["gap_in_deviations"] > lg.LARGE


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
