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


def test_a_leaf_that_the_split_parts_is_not_called_kept(case_of) -> None:
    inputs = case_of().inputs
    pair = _pair(case_of(), 0.9)
    first, second = (
        replace(one, group="one leaf") if one.path in (pair.a_path, pair.b_path) else one
        for one in inputs.manifest.photos[:2]
    )
    manifest = replace(inputs.manifest, photos=(first, second, *inputs.manifest.photos[2:]))
    found = Groups(manifest, (pair,), ())
    parted = replace(inputs.splits.folds[0], train=(first.photo_id,), validation=(), test=(second.photo_id,))
    kept = replace(parted, train=(first.photo_id, second.photo_id), test=())
    for fold, words in ((parted, "The split parts some of them: see LG007."), (kept, "Nothing must be done")):
        finding = lg.check(
            replace(inputs, manifest=manifest, groups=found, splits=replace(inputs.splits, folds=(fold,)))
        )
        assert finding is not None
        assert finding.mend.startswith(words)


def test_equal_pixels_are_another_finding(case_of) -> None:
    case = case_of()
    assert lg.check(replace(case.inputs, groups=Groups(case.inputs.manifest, (_pair(case, 1.0),), ()))) is None


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
