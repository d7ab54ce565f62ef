from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.files import lg016_animated as lg


def test_finds_files_of_several_frames(case_of) -> None:
    inputs = case_of().inputs
    facts = (replace(inputs.facts[0], frames=5), *inputs.facts[1:])
    finding = lg.check(replace(inputs, facts=facts))
    assert finding is not None
    assert finding.photos == (inputs.manifest.photos[0].path,)


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
