from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.leaks import lg006_crossing_groups as lg
from leafgraft.data.groups.leaf_groups import Groups, LeafPair


def test_lists_pairs_under_two_labels(case_of) -> None:
    case = case_of()
    first, last = case.inputs.manifest.photos[0], case.inputs.manifest.photos[-1]
    pair = LeafPair(first.path, last.path, 0.9, "turned")
    finding = lg.check(replace(case.inputs, groups=Groups(case.inputs.manifest, (), (pair,))))
    assert finding is not None
    assert finding.severity == "error"
    assert finding.photos == (first.path, last.path)


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
