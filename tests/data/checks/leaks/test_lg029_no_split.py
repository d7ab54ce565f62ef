from __future__ import annotations

from dataclasses import replace

import pytest

from leafgraft.data.checks.leaks import lg029_no_split as lg
from leafgraft.data.split import split
from leafgraft.errors import SplitError
from leafgraft.records.split import SplitPlan


def test_finds_what_was_planted(case_of) -> None:
    inputs = case_of().inputs
    parts = ("train", "validation")
    photos = tuple(replace(photo, split=parts[row % 2]) for row, photo in enumerate(inputs.manifest.photos))
    manifest = replace(inputs.manifest, photos=photos)
    with pytest.raises(SplitError) as refused:
        split(manifest, SplitPlan())
    finding = lg.check(replace(inputs, manifest=manifest, refusal=refused.value))
    assert finding is not None
    assert (finding.code, finding.severity) == (lg.CODE, "error")
    assert "They have train and validation, and no test." in finding.title
    assert "folder test" in finding.mend


def test_is_silent_without(case_of) -> None:
    inputs = case_of().inputs
    assert lg.check(inputs) is None
    few = replace(inputs, manifest=replace(inputs.manifest, photos=inputs.manifest.photos[-9:]))
    assert lg.check(replace(few, refusal=SplitError("", "", ""))) is None  # another finding says how many are needed
