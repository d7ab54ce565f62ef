from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from leaves_twice import again, drawn, of_one_outline
from made_up_photos import encode

from leafgraft.data.drawn.faults import same_pixels
from leafgraft.data.drawn.leaf import CLASSES
from leafgraft.data.groups.leaf_groups import find_pairs, find_shared, find_shared_leaves, group
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_source
from leafgraft.records.progress import Silent

COUNT, TWICE = 36, 12


def write(root, path, photo):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(photo if isinstance(photo, bytes) else encode(photo, quality=92))


def looked(root, cache):
    scanned = scan(open_source(str(root)), cache, Silent())
    return scanned, group(scanned.manifest, find_pairs(scanned, cache, Silent()))


def grouped(manifest):
    """Pairs of paths that share a group."""
    members = {}
    for photo in manifest.photos:
        members.setdefault(photo.group, []).append(photo.path)
    return {pair for paths in members.values() for pair in combinations(sorted(paths), 2)}


@pytest.fixture(scope="module")
def leaves(tmp_path_factory):
    """36 drawn leaves, the first 12 photographed again, the first 3 a third time; names tell nothing."""
    root = tmp_path_factory.mktemp("twice") / "leaves"
    generator = np.random.default_rng(7)
    letters = iter("".join(one) for one in combinations("abcdefghijklm", 3))
    planted = set()
    for row, photo in enumerate(drawn(COUNT, 80)):
        times = 1 + (row < TWICE) + (row < 3)
        paths = [f"{CLASSES[row % 3]}/{next(letters)}.jpg" for _ in range(times)]
        write(root, paths[0], photo)
        for path in paths[1:]:
            write(root, path, again(photo, generator))
        planted |= set(combinations(sorted(paths), 2))
    return root, planted


def test_leaves_photographed_again_are_grouped_and_no_others(leaves, cache):
    root, planted = leaves
    _, groups = looked(root, cache)
    found = grouped(groups.manifest)
    assert found <= planted
    assert len(found) >= 0.95 * len(planted)
    assert groups.crossing == ()


def test_the_same_photos_give_the_same_groups(leaves, cache, tmp_path):
    root, _ = leaves
    _, first = looked(root, cache)
    _, again_from_cache = looked(root, cache)
    assert first == again_from_cache


def test_a_leaf_under_two_labels_is_reported_and_not_merged(tmp_path, cache):
    photos = drawn(9, 80)
    for row, photo in enumerate(photos):
        write(tmp_path / "leaves", f"{CLASSES[row % 3]}/leaf{row}.jpg", photo)
    other = again(photos[0], np.random.default_rng(1))
    write(tmp_path / "leaves", "Healthy/other.jpg", other)
    _, groups = looked(tmp_path / "leaves", cache)
    assert [(pair.a_path, pair.b_path) for pair in groups.crossing] == [("EarlyBlight/leaf0.jpg", "Healthy/other.jpg")]
    assert grouped(groups.manifest) == set()


def test_equal_pixels_are_grouped_within_a_label_and_reported_across(tmp_path, cache):
    for row, photo in enumerate(drawn(6, 48)):
        write(tmp_path / "leaves", f"{CLASSES[row % 3]}/leaf{row}.jpg", photo)
    first = (tmp_path / "leaves/EarlyBlight/leaf0.jpg").read_bytes()
    write(tmp_path / "leaves", "EarlyBlight/same.jpg", same_pixels(first))
    write(tmp_path / "leaves", "Healthy/same.jpg", same_pixels(same_pixels(first)))
    _, groups = looked(tmp_path / "leaves", cache)
    assert grouped(groups.manifest) == {("EarlyBlight/leaf0.jpg", "EarlyBlight/same.jpg")}
    assert {pair.b_path for pair in groups.crossing if pair.similarity == 1.0} == {"Healthy/same.jpg"}


def test_groups_of_the_user_stay_and_others_of_the_leaf_join_them(leaves, cache):
    root, _ = leaves
    scanned = scan(open_source(str(root)), cache, Silent())

    def groups_with(given):
        photos = (replace(photo, group=given.get(photo.path, photo.group)) for photo in scanned.manifest.photos)
        given_scan = replace(scanned, manifest=replace(scanned.manifest, photos=tuple(photos)))
        groups = group(given_scan.manifest, find_pairs(given_scan, cache, Silent()))
        return groups, {photo.path: photo.group for photo in groups.manifest.photos}

    free, _ = groups_with({})
    first, second = sorted(grouped(free.manifest))[0]
    groups, group_of = groups_with({first: "mine"})
    assert group_of[first] == group_of[second] == "mine"
    assert grouped(groups.manifest) == grouped(free.manifest)  # naming one photo turns the search off for none
    groups, group_of = groups_with({first: "mine", second: "other"})
    assert (group_of[first], group_of[second]) == ("mine", "other")
    assert {first, second} in [{pair.a_path, pair.b_path} for pair in groups.apart]
    every, group_of = groups_with({photo.path: f"of {photo.label}" for photo in scanned.manifest.photos})
    assert set(group_of.values()) == {f"of {label}" for label in CLASSES}
    assert every.apart == ()


def test_every_photo_of_one_scene_makes_one_group(tmp_path, cache):
    """The same photo saved thirty times at different quality."""
    photo = drawn(1, 64)[0]
    for number in range(30):
        label = CLASSES[number % 2]
        write(tmp_path / "leaves", f"{label}/p{number}x.jpg", encode(photo, quality=60 + number))
    _, groups = looked(tmp_path / "leaves", cache)
    assert len({photo.group for photo in groups.manifest.photos}) == 2
    assert groups.crossing


def test_leaves_of_one_outline_stay_apart(tmp_path, cache):
    """Shape, pose, colours and table are the same, and names follow each other."""
    for outline, inside in product(range(6), repeat=2):
        path = f"{CLASSES[outline % 2]}/{outline}-{inside}.jpg"
        write(tmp_path / "leaves", path, of_one_outline(outline, inside, spots=3 + outline))
    _, groups = looked(tmp_path / "leaves", cache)
    assert groups.pairs == ()
    assert groups.crossing == ()


class Counting(Silent):
    """Knows how many steps each task had."""

    def __init__(self):
        self.steps = {}

    @contextmanager
    def task(self, name, total):
        self.steps[name] = total
        yield lambda _steps: None


def test_photos_of_a_second_folder_that_show_training_photos_are_found(leaves, tmp_path, cache):
    root, _ = leaves
    home = scan(open_source(str(root)), cache, Silent())
    photos = drawn(12, 80, first=500)
    for row, photo in enumerate(photos):
        write(tmp_path / "away", f"{CLASSES[row % 3]}/away{row}.jpg", photo)
    some = home.manifest.photos[0].path
    write(tmp_path / "away", "Healthy/equal.jpg", same_pixels((root / some).read_bytes()))
    known = drawn(COUNT, 80)[20]
    write(tmp_path / "away", "Healthy/alike.jpg", again(known, np.random.default_rng(2)))
    away = scan(open_source(str(tmp_path / "away")), cache, Silent())
    some_known, none_known = Counting(), Counting()
    found = find_shared(home, away, cache, some_known)
    assert {pair.b_path: pair.similarity == 1.0 for pair in found} == {
        "Healthy/equal.jpg": True,
        "Healthy/alike.jpg": False,
    }
    assert found[0].a_path == some
    alike = find_shared_leaves(home.manifest, away.manifest, cache, none_known)
    assert {pair.b_path for pair in alike} == {"Healthy/equal.jpg", "Healthy/alike.jpg"}, "without knowing the pixels"
    assert some_known.steps["Compare photos"] < none_known.steps["Compare photos"], "equal pixels are not compared"


def test_photos_are_described_once(leaves, cache):
    root, _ = leaves
    scanned = scan(open_source(str(root)), cache, Silent())
    at_home, between = Counting(), Counting()
    first = find_pairs(scanned, cache, at_home)
    assert at_home.steps["Describe photos"] == len(scanned.facts)
    assert at_home.steps["Learn to describe photos"] == 1
    find_shared_leaves(scanned.manifest, scanned.manifest, cache, between)
    assert not {"Describe photos", "Learn to describe photos"} & between.steps.keys()
    assert find_pairs(scanned, cache, between) == first


def test_one_photo_has_no_pair(leaves, cache):
    root, _ = leaves
    assert find_pairs(scan(open_source(str(root)), cache, Silent()).rows([0]), cache, Silent()) == []


def test_one_photo_of_home_is_found_elsewhere(leaves, cache):
    root, planted = leaves
    scanned = scan(open_source(str(root)), cache, Silent())
    paths = [photo.path for photo in scanned.manifest.photos]
    path, other = max(planted)  # of a leaf with two photos
    one, rest = (scanned.rows([row for row, at in enumerate(paths) if (at == path) == own]) for own in (True, False))
    (pair,) = find_shared_leaves(one.manifest, rest.manifest, cache, Silent())
    assert (pair.a_path, pair.b_path) == (path, other)
