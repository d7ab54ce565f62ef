from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.files import lg028_cut as lg


def test_finds_what_was_planted(case_of) -> None:
    inputs = case_of().inputs
    facts = (replace(inputs.facts[0], missing=0.4), *inputs.facts[1:])
    finding = lg.check(replace(inputs, facts=facts))
    assert finding is not None
    assert (finding.code, finding.photos) == (lg.CODE, (inputs.manifest.photos[0].path,))
    assert "up to 40% of the rows" in finding.title


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
