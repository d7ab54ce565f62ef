from __future__ import annotations

from dataclasses import replace

import pytest

from leafgraft.data.checks.files import lg014_modes as lg


@pytest.mark.parametrize("fault", ["grey", "sixteen_bit", "cmyk", "palette", "alpha"])
def test_finds_what_was_planted(case_of, fault: str) -> None:
    case = case_of(**{fault: 4})
    finding = lg.check(case.inputs)
    assert finding is not None
    assert finding.code == lg.CODE
    assert set(finding.photos) == case.planted(fault)


def test_colour_of_16_bits_among_8_is_found(case_of) -> None:
    inputs = case_of().inputs
    facts = (replace(inputs.facts[0], bit_depth=16), *inputs.facts[1:])
    finding = lg.check(replace(inputs, facts=facts))
    assert finding is not None
    assert finding.photos == (inputs.manifest.photos[0].path,)
    assert finding.measured["modes"] == {"RGB": len(facts) - 1, "RGB;16": 1}


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
