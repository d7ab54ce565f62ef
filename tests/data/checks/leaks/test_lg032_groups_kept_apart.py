from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.leaks import lg032_groups_kept_apart as lg
from leafgraft.data.groups.leaf_groups import Groups, LeafPair, merge


def test_finds_one_leaf_in_two_given_groups(case_of) -> None:
    manifest = case_of().inputs.manifest
    first, second, third = (photo.path for photo in manifest.photos[:3])
    given = {first: "a", second: "b"}
    named = replace(
        manifest, photos=tuple(replace(photo, group=given.get(photo.path, photo.group)) for photo in manifest.photos)
    )
    pairs = (LeafPair(first, second, 0.9, ""), LeafPair(first, third, 0.8, ""))
    merged, apart = merge(named, pairs)
    assert [photo.group for photo in merged.photos[:3]] == ["a", "b", "a"]
    finding = lg.check(replace(case_of().inputs, manifest=merged, groups=Groups(merged, pairs[1:], (), apart)))
    assert finding is not None
    assert finding.code == lg.CODE
    assert finding.photos == (first, second)


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
