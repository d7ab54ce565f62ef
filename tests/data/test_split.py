import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_photos import draw_manifest

from leafgraft.data.dealing import deal, units_of
from leafgraft.data.split import PARTS, leaks, split, split_corrected
from leafgraft.errors import SplitError, StudyFolderError
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.split import SplitPlan, splits_from_json, splits_to_json

GROUP_SIZES = st.dictionaries(
    st.sampled_from(["EarlyBlight", "Healthy", "LateBlight", "건강"]),
    st.lists(st.integers(1, 6), min_size=10, max_size=80),
    min_size=2,
)
SHARES = st.sampled_from([(0.8, 0.1, 0.1), (0.7, 0.15, 0.15), (0.6, 0.2, 0.2), (0.5, 0.25, 0.25)])


def parts_of(fold):
    return {part: getattr(fold, part) for part in PARTS}


def check_partition(manifest, fold):
    ids = [photo.photo_id for photo in manifest.photos]
    dealt = [one for part in parts_of(fold).values() for one in part]
    assert sorted(dealt) == sorted(ids)
    place = {photo_id: number for number, photo_id in enumerate(ids)}
    for part in parts_of(fold).values():
        assert [place[one] for one in part] == sorted(place[one] for one in part)


def check_groups(manifest, splits):
    for fold in splits.folds:
        part_of = {one: part for part, ids in parts_of(fold).items() for one in ids}
        by_group = {}
        for photo in manifest.photos:
            by_group.setdefault(photo.group, set()).add(part_of[photo.photo_id])
        assert all(len(parts) == 1 for parts in by_group.values())


def counts_by_class(manifest, ids):
    label_of = {photo.photo_id: photo.label for photo in manifest.photos}
    return Counter(label_of[one] for one in ids)


@settings(max_examples=150, deadline=None)
@given(GROUP_SIZES, SHARES, st.integers(0, 2**32))
def test_each_photo_is_dealt_once_groups_stay_whole_and_every_class_is_in_every_part(sizes, shares, seed):
    manifest = draw_manifest(sizes)
    splits = split(manifest, SplitPlan(*shares, seed=seed))
    check_partition(manifest, splits.folds[0])
    check_groups(manifest, splits)
    for ids in parts_of(splits.folds[0]).values():
        assert set(counts_by_class(manifest, ids)) == set(manifest.classes)
    assert leaks(manifest, splits) == ()


@settings(max_examples=150, deadline=None)
@given(GROUP_SIZES, SHARES, st.integers(0, 1000))
def test_shares_are_met_to_a_few_photos_overall_and_per_class(sizes, shares, seed):
    """Whole groups of up to 6 photos cannot be dealt closer than half of one; classes make each other's rests good."""
    manifest = draw_manifest(sizes)
    fold = split(manifest, SplitPlan(*shares, seed=seed)).folds[0]
    total = Counter(photo.label for photo in manifest.photos)
    for share, ids in zip(shares, parts_of(fold).values(), strict=True):
        dealt = counts_by_class(manifest, ids)
        for label, count in total.items():
            assert abs(dealt[label] - share * count) <= max(sizes[label]) + 0.5
        assert abs(len(ids) - share * len(manifest.photos)) <= 6 + 0.01 * len(manifest.photos)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(10, 400), min_size=2, max_size=6), SHARES, st.integers(0, 1000))
def test_single_photos_are_dealt_to_within_a_photo_per_class(counts, shares, seed):
    manifest = draw_manifest({f"C{number}": [1] * count for number, count in enumerate(counts)})
    fold = split(manifest, SplitPlan(*shares, seed=seed)).folds[0]
    for share, ids in zip(shares, parts_of(fold).values(), strict=True):
        dealt = counts_by_class(manifest, ids)
        for number, count in enumerate(counts):
            assert abs(dealt[f"C{number}"] - share * count) <= 1.51
        assert abs(len(ids) - share * sum(counts)) <= 2.01


@settings(max_examples=60, deadline=None)
@given(GROUP_SIZES, st.integers(0, 1000))
def test_the_seed_decides_and_nothing_else(sizes, seed):
    manifest = draw_manifest(sizes)
    plan = SplitPlan(seed=seed)
    assert split(manifest, plan) == split(draw_manifest(dict(sizes)), plan)
    renamed = tuple(replace(photo, group=f"other-{photo.group}", width=99) for photo in manifest.photos)
    assert split(replace(manifest, photos=renamed), plan) == split(manifest, plan)


def test_another_seed_gives_another_split():
    manifest = draw_manifest({"A": [1] * 50, "B": [1] * 50})
    tests = {split(manifest, SplitPlan(seed=seed)).folds[0].test for seed in range(20)}
    assert len(tests) == 20


def test_a_real_sized_set_is_split_to_within_a_point_overall_and_per_class():
    sizes = {"EarlyBlight": [1] * 1303 + [4] * 50, "Healthy": [1] * 816 + [30], "LateBlight": [2] * 566}
    manifest = draw_manifest(sizes)
    fold = split(manifest, SplitPlan()).folds[0]
    total = Counter(photo.label for photo in manifest.photos)
    for share, ids in zip((0.8, 0.1, 0.1), parts_of(fold).values(), strict=True):
        assert abs(len(ids) / len(manifest.photos) - share) <= 0.01
        for label, count in counts_by_class(manifest, ids).items():
            assert abs(count / total[label] - share) <= 0.01


def test_big_groups_leave_photos_for_every_part():
    manifest = draw_manifest({"A": [6, 3, 1], "B": [20, 20, 20], "C": [1] * 10})
    fold = split(manifest, SplitPlan()).folds[0]
    assert counts_by_class(manifest, fold.train)["A"] == 6
    for ids in parts_of(fold).values():
        assert set(counts_by_class(manifest, ids)) == {"A", "B", "C"}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(10, 14), min_size=2, max_size=8), st.integers(0, 10_000))
def test_ten_photos_of_a_class_are_enough(counts, seed):
    manifest = draw_manifest({f"C{number}": [1] * count for number, count in enumerate(counts)})
    fold = split(manifest, SplitPlan(seed=seed)).folds[0]
    for ids in parts_of(fold).values():
        assert set(counts_by_class(manifest, ids)) == set(manifest.classes)


def test_a_group_of_several_classes_stays_whole():
    base = draw_manifest({"A": [1] * 30, "B": [1] * 30})
    mixed = [Photo(f"m{n}", f"{'AB'[n % 2]}/m{n}", "AB"[n % 2], 8, 8, f"mixed-{n // 4}") for n in range(24)]
    manifest = Manifest("/nowhere", (*base.photos, *mixed))
    for seed in range(10):
        splits = split(manifest, SplitPlan(seed=seed))
        check_partition(manifest, splits.folds[0])
        check_groups(manifest, splits)


def test_without_groups_every_photo_is_dealt_by_itself():
    manifest = draw_manifest({"A": [5] * 20, "B": [5] * 20})
    splits = split(manifest, SplitPlan(keep_groups=False))
    check_partition(manifest, splits.folds[0])
    assert len(leaks(manifest, splits)) > 5
    assert [len(ids) for ids in parts_of(splits.folds[0]).values()] == [160, 20, 20]
    assert not splits.keep_groups


@settings(max_examples=60, deadline=None)
@given(GROUP_SIZES, st.integers(2, 6), st.integers(0, 1000))
def test_folds_test_every_photo_once_and_keep_groups(sizes, count, seed):
    manifest = draw_manifest(sizes)
    splits = split(manifest, SplitPlan(seed=seed, folds=count))
    assert len(splits.folds) == count
    tested = [one for fold in splits.folds for one in fold.test]
    assert sorted(tested) == sorted(photo.photo_id for photo in manifest.photos)
    check_groups(manifest, splits)
    for fold in splits.folds:
        check_partition(manifest, fold)
        assert abs(len(fold.test) - len(manifest.photos) / count) <= 6 + 0.01 * len(manifest.photos)
        for ids in parts_of(fold).values():
            assert set(counts_by_class(manifest, ids)) == set(manifest.classes)


@pytest.mark.parametrize("seed", range(3))
def test_two_folds_leave_each_other_two_groups_of_a_class(seed):
    manifest = draw_manifest({"a": [2, 1, 1, 8, 1, 1], "b": [2, 3, 4, 8]})
    splits = split(manifest, SplitPlan(folds=2, seed=seed))
    check_groups(manifest, splits)
    with pytest.raises(SplitError, match="12 photos in 3 groups, whose photos stay together: 4 are needed"):
        split(draw_manifest({"a": [1] * 12, "b": [2, 2, 8]}), SplitPlan(folds=2, seed=seed))


def test_two_folds_that_can_be_used_stay_as_they_were_dealt():
    manifest = draw_manifest({label: [1] * 9 + [3, 1, 1, 1] for label in "ab"})
    late = {f"g-{label}-{number}" for label in "ab" for number in range(9, 13)}
    placed = tuple(replace(photo, place="field" if photo.group in late else "home") for photo in manifest.photos)
    manifest, plan = replace(manifest, photos=placed), SplitPlan(folds=2)
    dealt = deal(units_of(placed, plan), [0.5, 0.5], plan.seed)
    assert dealt != deal(units_of(placed, plan), [0.5, 0.5], plan.seed, least=2)
    assert [set(fold.test) for fold in split(manifest, plan).folds] == dealt


def test_validation_of_a_fold_is_its_share_of_all_photos():
    manifest = draw_manifest({"A": [1] * 500, "B": [1] * 500})
    for fold in split(manifest, SplitPlan(folds=5)).folds:
        assert [len(fold.train), len(fold.validation), len(fold.test)] == [700, 100, 200]


def with_given_split(manifest, places):
    photos = tuple(replace(photo, split=places[n % len(places)]) for n, photo in enumerate(manifest.photos))
    return replace(manifest, photos=photos)


def test_a_given_split_is_kept():
    manifest = with_given_split(draw_manifest({"A": [1] * 20, "B": [1] * 20}), ("train", "test", "validation", "train"))
    splits = split(manifest, SplitPlan(seed=5))
    assert (splits.origin, splits.validation_drawn) == ("given", False)
    for part, ids in parts_of(splits.folds[0]).items():
        assert ids == tuple(photo.photo_id for photo in manifest.photos if photo.split == part)


def test_a_given_split_without_validation_draws_it_from_train_by_groups():
    sizes = {"A": [2] * 50, "B": [2] * 50}
    manifest = with_given_split(draw_manifest(sizes), ("train",) * 16 + ("test",) * 4)
    splits = split(manifest, SplitPlan())
    fold = splits.folds[0]
    assert fold.test == tuple(photo.photo_id for photo in manifest.photos if photo.split == "test")
    assert len(fold.validation) == round(160 / 9 / 2) * 2
    assert leaks(manifest, splits) == ()
    assert (splits.origin, splits.validation_drawn) == ("given", True)
    assert split_corrected(manifest, manifest, SplitPlan()) == splits
    assert splits_from_json(json.loads(json.dumps(splits_to_json(splits)))) == splits
    assert not split(manifest, SplitPlan(folds=3)).validation_drawn


def test_splits_of_earlier_versions_do_not_say_what_was_drawn():
    plain = splits_to_json(split(draw_manifest({"A": [1] * 20, "B": [1] * 20}), SplitPlan()))
    del plain["validation_drawn"]
    assert not splits_from_json(plain).validation_drawn


def test_a_group_that_crosses_a_given_split_is_reported_and_not_moved():
    manifest = with_given_split(draw_manifest({"A": [1] * 10 + [3], "B": [1] * 12}), ("train", "validation", "test"))
    splits = split(manifest, SplitPlan())
    assert leaks(manifest, splits) == (("id-A-10-0", "id-A-10-1", "id-A-10-2"),)
    assert not splits.keep_groups
    assert not split_corrected(manifest, manifest, SplitPlan()).keep_groups
    apart = tuple(replace(one, group=one.photo_id) for one in manifest.photos)
    assert split_corrected(manifest, replace(manifest, photos=apart), SplitPlan()).keep_groups
    assert [len(ids) for ids in parts_of(splits.folds[0]).values()] == [9, 8, 8]


def test_a_split_of_some_photos_only_is_not_taken_for_given():
    manifest = draw_manifest({"A": [1] * 20, "B": [1] * 20})
    some = replace(manifest, photos=(replace(manifest.photos[0], split="test"), *manifest.photos[1:]))
    assert split(some, SplitPlan()) == split(manifest, SplitPlan())


def refused(manifest, plan, *words):
    with pytest.raises(SplitError) as caught:
        split(manifest, plan)
    for word in words:
        assert word in str(caught.value)


def test_a_class_with_too_few_photos_is_named_with_what_to_do():
    manifest = draw_manifest({"A": [1] * 20, "LateBlight": [1] * 9})
    refused(manifest, SplitPlan(), "Class 'LateBlight'", "at least 10", "It holds 9", "exclude: [LateBlight]")


def test_a_class_with_too_few_groups_is_named_with_what_to_do():
    refused(
        draw_manifest({"A": [1] * 20, "B": [6, 6]}),
        SplitPlan(),
        "Class 'B'",
        "12 photos in 2 groups",
        "3 are needed",
        "exclude: [B]",
    )
    refused(draw_manifest({"A": [1] * 20, "B": [3, 3, 3, 3]}), SplitPlan(folds=5), "12 photos in 4 groups", "5 are")


def test_a_given_split_that_lacks_a_part_or_a_class_is_refused():
    manifest = draw_manifest({"A": [1] * 20, "B": [1] * 20})
    refused(with_given_split(manifest, ("train", "validation")), SplitPlan(), "test part", "came with")
    photos = tuple(replace(p, split="train" if p.label == "A" else "test") for p in manifest.photos)
    refused(replace(manifest, photos=photos), SplitPlan(), "came with")


@pytest.mark.parametrize(
    "plan",
    [
        SplitPlan(0.8, 0.1, 0.2),
        SplitPlan(0.9, 0.1, 0.0),
        SplitPlan(1.2, -0.1, -0.1),
        SplitPlan(folds=1),
        SplitPlan(folds=0),
    ],
)
def test_shares_and_folds_that_make_no_sense_are_refused(plan):
    refused(draw_manifest({"A": [1] * 20, "B": [1] * 20}), plan, "Try")


@settings(max_examples=20, deadline=None)
@given(GROUP_SIZES, st.sampled_from([None, 3]))
def test_splits_are_read_back_from_json(sizes, folds):
    splits = split(draw_manifest(sizes), SplitPlan(folds=folds))
    assert splits_from_json(json.loads(json.dumps(splits_to_json(splits)))) == splits


@pytest.mark.parametrize("value", [{}, {"folds": [{"train": []}]}, {"folds": 3}, {"folds": [], "seed": "x"}])
def test_damaged_splits_are_refused_in_words(value):
    with pytest.raises(StudyFolderError, match=r"splits\.json"):
        splits_from_json(value)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([None, 4]), st.integers(0, 100), st.data())
def test_corrections_leave_photos_where_they_were(folds, seed, data):
    manifest = draw_manifest({"a": [1, 2, 3] * 20, "b": [1, 2, 3] * 20})
    plan = SplitPlan(seed=seed, folds=folds)
    before = split(manifest, plan)
    photos = list(manifest.photos)
    changed = data.draw(st.sets(st.integers(0, len(photos) - 1), max_size=2))
    for row in changed:
        photos[row] = replace(photos[row], label=data.draw(st.sampled_from(manifest.classes)))
    gone, one, other = (data.draw(st.integers(0, len(photos) - 1)) for _ in range(3))
    leaf = {photos[one].group, photos[other].group}
    photos = [replace(photo, group=min(leaf) if photo.group in leaf else photo.group) for photo in photos]
    del photos[gone]
    corrected = replace(manifest, photos=tuple(photos))
    after = split_corrected(manifest, corrected, plan)
    for fold in after.folds:
        check_partition(corrected, fold)
    check_groups(corrected, after)
    tested = Counter(one for fold in after.folds for one in fold.test)
    assert set(tested.values()) == {1}
    if not folds:
        moved = [photo for photo in photos if photo.group not in leaf]
        for part in PARTS:
            was, now = set(getattr(before.folds[0], part)), set(getattr(after.folds[0], part))
            assert all((photo.photo_id in was) == (photo.photo_id in now) for photo in moved)


def test_photos_are_split_anew_where_corrections_leave_no_other_way():
    manifest = draw_manifest({"a": [1] * 12, "b": [1] * 12})
    fold = split(manifest, SplitPlan()).folds[0]
    photos = tuple(
        replace(photo, label="b") if photo.label == "a" and photo.photo_id in fold.test else photo
        for photo in manifest.photos
    )
    corrected = replace(manifest, photos=photos)
    assert split_corrected(manifest, corrected, SplitPlan()) == split(corrected, SplitPlan())
    few = replace(manifest, photos=manifest.photos[3:])
    with pytest.raises(SplitError, match="It holds 9"):
        split_corrected(manifest, few, SplitPlan())


def test_a_split_that_was_given_stays():
    manifest = draw_manifest({"a": [1] * 12, "b": [1] * 12})
    photos = tuple(replace(one, split=PARTS[row % 3]) for row, one in enumerate(manifest.photos))
    came = replace(manifest, photos=photos)
    joined = replace(
        came, photos=tuple(replace(one, group="one") if row < 3 else one for row, one in enumerate(photos))
    )
    assert split_corrected(came, joined, SplitPlan()).folds == split(came, SplitPlan()).folds


def with_places(manifest, place_of):
    return replace(manifest, photos=tuple(replace(one, place=place_of(n)) for n, one in enumerate(manifest.photos)))


def places_of(manifest, ids):
    place_of = {photo.photo_id: photo.place for photo in manifest.photos}
    return Counter(place_of[one] for one in ids)


def test_a_split_is_stratified_by_class_and_place():
    manifest = with_places(
        draw_manifest({"A": [2] * 50, "B": [1] * 100}), lambda n: "field" if n % 100 < 20 else "home"
    )
    fold = split(manifest, SplitPlan()).folds[0]
    for part, share in (("train", 0.8), ("validation", 0.1), ("test", 0.1)):
        for label in "AB":
            ids = [one for one in getattr(fold, part) if one.startswith(f"id-{label}")]
            assert places_of(manifest, ids) == {"field": 20 * share, "home": 80 * share}
    check_groups(manifest, split(manifest, SplitPlan()))


def test_without_places_a_split_is_what_it_was():
    manifest = draw_manifest({"A": [1, 2, 3] * 12, "B": [2] * 30})
    same = with_places(manifest, lambda n: "home")
    assert split(manifest, SplitPlan(seed=3)) == split(same, SplitPlan(seed=3))
    folds = splits_to_json(split(manifest, SplitPlan()))["folds"]
    assert [sorted(fold) for fold in folds] == [["test", "train", "validation"]]


def test_each_place_is_left_out_in_turn():
    manifest = with_places(draw_manifest({"A": [2] * 60, "B": [2] * 60}), lambda n: "xyz"[n % 12 // 4])
    splits = split(manifest, SplitPlan(leave_out="place", validation=0.2))
    assert splits.left_out == ("x", "y", "z")
    check_groups(manifest, splits)
    for fold in splits.folds:
        assert set(places_of(manifest, fold.test)) == {fold.left_out}
        assert len(fold.test) == 80
        assert places_of(manifest, fold.validation) == dict.fromkeys({*"xyz"} - {fold.left_out}, 16)
        check_partition(manifest, fold)
    assert splits_from_json(json.loads(json.dumps(splits_to_json(splits)))) == splits


def test_a_place_of_which_no_photo_is_trained_on_is_untrained():
    manifest = with_places(draw_manifest({"A": [1] * 40, "B": [1] * 40}), lambda n: "xyz"[n % 4 // 2])
    part_of = {"x": lambda n: ("train", "validation", "test")[n % 3], "y": lambda n: ("test", "validation")[n % 2]}
    given = replace(
        manifest,
        photos=tuple(
            replace(photo, split=part_of[photo.place](number)) for number, photo in enumerate(manifest.photos)
        ),
    )
    splits = split(given, SplitPlan())
    assert (splits.left_out, splits.untrained(given.photos)) == ((), ("y",))
    assert split(manifest, SplitPlan()).untrained(manifest.photos) == ()
    assert split(manifest, SplitPlan(leave_out="place")).untrained(manifest.photos) == ("x", "y")
    assert split(given, SplitPlan(folds=4)).untrained(given.photos) == ()
    assert splits.untrained(given.photos[20:]) == ("y",)  # of photos that the manifest has lost no place is known


def test_a_leaf_of_two_places_is_not_trained_on_while_either_is_tested():
    manifest = with_places(draw_manifest({"A": [2] * 10 + [1] * 20, "B": [1] * 40}), lambda n: "xy"[n % 2])
    splits = split(manifest, SplitPlan(leave_out="place"))
    group_of = {photo.photo_id: photo.group for photo in manifest.photos}
    for fold in splits.folds:
        tested = {group_of[one] for one in fold.test}
        assert not tested & {group_of[one] for one in (*fold.train, *fold.validation)}
        assert len(fold.test) == 40
        assert len(fold.train) + len(fold.validation) == 30
    loose = split(manifest, SplitPlan(leave_out="place", keep_groups=False))
    assert [len(fold.train) + len(fold.validation) for fold in loose.folds] == [40, 40]


@pytest.mark.parametrize(
    ("place_of", "plan", "words"),
    [
        (lambda n: "", SplitPlan(leave_out="place"), "two places or more.*No photo has a place"),
        (lambda n: "home", SplitPlan(leave_out="place"), "two places or more.*All are of 'home'"),
        (lambda n: "xy"[n < 20], SplitPlan(leave_out="place"), "'y' must have photos of two classes.*of A alone"),
        (lambda n: "xy"[n < 12 or n > 57], SplitPlan(leave_out="place", folds=5), "without folds"),
        (lambda n: "xy"[n % 2], SplitPlan(leave_out="place", validation=1.0), "validation share between 0 and 1"),
        (lambda n: "xy"[n % 2], SplitPlan(leave_out="class"), "must be 'place'"),
    ],
)
def test_places_that_cannot_be_left_out_are_refused(place_of, plan, words):
    manifest = with_places(draw_manifest({"A": [1] * 30, "B": [1] * 30}), place_of)
    with pytest.raises(SplitError, match=words):
        split(manifest, plan)


def test_a_class_of_one_place_alone_cannot_be_learned_without_it():
    manifest = with_places(
        draw_manifest({"A": [1] * 30, "B": [1] * 30, "C": [1] * 30}), lambda n: "xy"[n % 2 and n < 60]
    )
    with pytest.raises(SplitError, match=r"Class 'C' must have photos in the train part while place 'x' is left out"):
        split(manifest, SplitPlan(leave_out="place"))


def test_leaves_of_both_places_are_said_to_keep_a_class_from_training():
    manifest = with_places(draw_manifest({"A": [2] * 10, "B": [1] * 40}), lambda n: "xy"[n % 2])
    words = r"10 of its photos of other places show a leaf of which 'x' has a photo, too\. .*keep_groups: false"
    with pytest.raises(SplitError, match=words):
        split(manifest, SplitPlan(leave_out="place"))


def test_a_class_that_is_spelled_in_two_ways_is_said_in_place_of_leaving_it_out():
    photos = [Photo(f"{number:016x}", f"a/{number}.jpg", "Rust", 8, 8, f"g-{number}") for number in range(40)]
    photos += [Photo(f"{number:016x}", f"b/{number}.jpg", "rust ", 8, 8, f"g-{number}") for number in range(40, 46)]
    refused(Manifest("leaves", tuple(photos)), SplitPlan(), "'Rust' differs from it in spelling only: choose one")
