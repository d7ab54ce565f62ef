"""What a person says of two photos goes before what their pixels say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leafgraft.data.groups.leaf_groups import LeafPair, group
from leafgraft.records.correction import Correction, Corrections
from leafgraft.records.photo import Manifest, Photo

LABELS = {"a": "rust", "b": "rust", "c": "rust", "d": "healthy", "e": "rust"}
MANIFEST = Manifest(
    "/photos", tuple(Photo(f"{path:0>16}", path, label, 9, 9, f"g-{path:0>16}") for path, label in LABELS.items())
)
PAIRS = (LeafPair("a", "b", 0.9, ""), LeafPair("b", "c", 0.8, ""), LeafPair("c", "d", 0.7, ""))


def said(*rows: tuple[str, str, str]) -> Corrections:
    return Corrections("c.csv", tuple(Correction(one, "", other, action) for one, other, action in rows))


def sets(manifest: Manifest) -> set[frozenset[str]]:
    members: dict[str, set[str]] = {}
    for photo in manifest.photos:
        members.setdefault(photo.group, set()).add(photo.path)
    return {frozenset(of) for of in members.values()}


def test_without_corrections_pixels_decide() -> None:
    found = group(MANIFEST, PAIRS)
    assert sets(found.manifest) == {frozenset("abc"), frozenset("d"), frozenset("e")}
    assert (found.pairs, found.crossing, found.together) == (PAIRS[:2], PAIRS[2:], ())


def test_a_pair_told_apart_is_parted_in_either_order() -> None:
    found = group(MANIFEST, PAIRS, said(("c", "b", "not_same_leaf"), ("d", "c", "not_same_leaf")))
    assert sets(found.manifest) == {frozenset("ab"), frozenset("c"), frozenset("d"), frozenset("e")}
    assert (found.pairs, found.crossing, found.together) == (PAIRS[:1], (), ())


def test_another_link_keeps_them_together_and_is_named() -> None:
    found = group(MANIFEST, (*PAIRS, LeafPair("a", "c", 0.6, "")), said(("a", "b", "not_same_leaf")))
    assert sets(found.manifest) == {frozenset("abc"), frozenset("d"), frozenset("e")}
    assert found.together == (("a", "b"),)


def test_photos_are_joined_whatever_pixels_and_labels_say() -> None:
    found = group(MANIFEST, PAIRS, said(("e", "a", "same_leaf"), ("c", "d", "same_leaf")))
    assert sets(found.manifest) == {frozenset("abcde")}
    assert found.crossing == ()
    assert found.pairs == PAIRS[:2]


def test_a_word_goes_before_groups_that_were_given() -> None:
    given = {"a": "one", "b": "two"}
    photos = tuple(
        Photo(one.photo_id, one.path, one.label, 9, 9, given.get(one.path, one.group)) for one in MANIFEST.photos
    )
    manifest = Manifest("/photos", photos)
    assert group(manifest, PAIRS).apart == PAIRS[:1]
    found = group(manifest, PAIRS, said(("a", "b", "same_leaf")))
    assert found.apart == ()
    assert {one.group for one in found.manifest.photos if one.path in "abc"} == {"one"}


@pytest.mark.parametrize("rows", [(("a", "c"),), (("c", "a"),), (("a", "e"), ("e", "d")), (("d", "e"), ("e", "b"))])
def test_given_groups_that_a_word_joins_come_along_whole(rows: tuple[tuple[str, str], ...]) -> None:
    given = {"a": "one", "b": "one", "c": "two", "d": "two"}
    photos = tuple(replace(one, group=given.get(one.path, one.group)) for one in MANIFEST.photos)
    word = said(*((one, other, "same_leaf") for one, other in rows))
    found = group(Manifest("/photos", photos), (), word)
    alone = set() if len(rows) > 1 else {frozenset("e")}
    assert sets(found.manifest) == {frozenset("abcd" if alone else "abcde"), *alone}
