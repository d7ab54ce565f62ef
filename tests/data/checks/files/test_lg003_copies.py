from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.files import lg003_copies as lg


def test_finds_what_was_planted(case_of) -> None:
    case = case_of(duplicates=4)
    finding = lg.check(case.inputs)
    assert finding is not None
    assert finding.code == lg.CODE
    assert finding.severity == "warning"
    assert set(finding.photos) == case.planted("duplicates")


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None


def test_says_that_copies_lie_in_several_parts_of_a_given_split(case_of) -> None:
    inputs = case_of(duplicates=4).inputs
    first, second, *_ = inputs.manifest.copies
    parts = {first[0]: "test", **dict.fromkeys(first[1:], "train"), **dict.fromkeys(second, "train")}
    finding = lg.check(replace(inputs, manifest=replace(inputs.manifest, split_of_copy=parts)))
    assert finding.title.endswith("; 1 photo lies in several parts of the split that they came with")
    assert finding.measured["across_parts"] == [list(first)]
