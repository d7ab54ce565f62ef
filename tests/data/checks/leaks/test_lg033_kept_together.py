from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.leaks import lg033_kept_together as lg
from leafgraft.data.groups.leaf_groups import Groups


def test_finds_pairs_that_another_link_keeps_together(case_of) -> None:
    inputs = case_of().inputs
    first, second = (photo.path for photo in inputs.manifest.photos[:2])
    finding = lg.check(replace(inputs, groups=Groups(inputs.manifest, (), (), together=((first, second),))))
    assert finding is not None
    assert finding.code == lg.CODE
    assert finding.photos == (first, second)
    assert finding.measured == {"pairs": [[first, second]]}


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
