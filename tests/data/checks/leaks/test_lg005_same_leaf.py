from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.leaks import lg005_same_leaf as lg
from leafgraft.data.groups.leaf_groups import Groups, LeafPair


def _pair(case, similarity: float) -> LeafPair:
    first, second = case.inputs.manifest.photos[:2]
    return LeafPair(first.path, second.path, similarity, "shifted")


def test_lists_verified_pairs(case_of) -> None:
    case = case_of()
    pair = _pair(case, 0.9)
    finding = lg.check(replace(case.inputs, groups=Groups(case.inputs.manifest, (pair,), ())))
    assert finding is not None
    assert finding.photos == (pair.a_path, pair.b_path)


def test_equal_pixels_are_another_finding(case_of) -> None:
    case = case_of()
    assert lg.check(replace(case.inputs, groups=Groups(case.inputs.manifest, (_pair(case, 1.0),), ()))) is None


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
