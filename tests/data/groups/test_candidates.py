import numpy as np
import pytest
from leaves_twice import again, drawn, thumbnails

from leafgraft.data.decode.thumbnails import Thumbnails
from leafgraft.data.groups.candidates import propose, propose_between, serial_pairs
from leafgraft.data.groups.descriptors import learn, measure_all
from leafgraft.data.groups.hashes import close_pairs, pose_hashes
from leafgraft.data.groups.neighbours import near_pairs, unique_pairs


def described(photos):
    """What is measured of photos, and how they are described."""
    measured = measure_all(photos)
    return measured, learn(photos, measured)


def as_set(pairs):
    return {(int(a), int(b)) for a, b in pairs}


@pytest.fixture(scope="module")
def twice():
    """150 drawn leaves, then a second photo of each of the first 60."""
    generator = np.random.default_rng(3)
    photos = drawn(150, 64)
    fills = ["nearest", "black", "white", "reflect"]
    return thumbnails(photos + [again(photo, generator, fills[row % 4]) for row, photo in enumerate(photos[:60])])


def test_second_photos_are_proposed(twice):
    names = [f"{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(210)]  # no serial numbers to help
    found = as_set(propose(twice, *described(twice), names))
    assert np.mean([(row, 150 + row) in found for row in range(60)]) >= 0.95
    assert len(found) < 6 * 210


def test_second_photos_in_another_folder_are_proposed_and_nothing_else(twice):
    first = Thumbnails(twice.grey_nhw[:150], twice.colour_nhwc[:150])
    second = Thumbnails(twice.grey_nhw[150:], twice.colour_nhwc[150:])
    measured, description = described(first)
    found = propose_between((first, second), (measured, measure_all(second)), description)
    assert np.mean([(row, row) in as_set(found) for row in range(60)]) >= 0.95
    assert found[:, 0].max() < 150
    assert found[:, 1].max() < 60


def test_copies_scatter_with_variance_one(twice):
    measured = measure_all(twice)
    description = learn(twice, measured)
    points_nd = description.of(measured)
    assert points_nd.shape == (210, 24)
    assert np.isfinite(points_nd).all()
    copies = np.linalg.norm(points_nd[:60] - points_nd[150:], axis=1)
    assert np.median(copies) < description.reach < np.median(np.linalg.norm(points_nd[1:] - points_nd[:-1], axis=1))


def test_quarter_turns_and_flips_have_equal_hashes():
    grey_nhw = np.random.default_rng(0).integers(0, 256, (5, 128, 128), dtype=np.uint8)
    grey_nhw = np.sort(grey_nhw, axis=1)  # smooth enough for low waves to be strong
    upright = pose_hashes(grey_nhw)
    for turns in range(4):
        for flip in (False, True):
            turned = np.rot90(grey_nhw[:, :, ::-1] if flip else grey_nhw, turns, axes=(1, 2))
            first = pose_hashes(np.ascontiguousarray(turned))[:, 0]
            bits = np.bitwise_count(upright ^ first[:, None]).min(axis=1)
            assert bits.max() <= 2  # ties of rounding alone


def test_hashes_within_three_bits_are_always_found():
    generator = np.random.default_rng(1)
    first = generator.integers(0, 2**63, 300, dtype=np.uint64)
    second = first.copy()
    for row in range(300):
        for bit in generator.choice(64, 3, replace=False):
            second[row] ^= np.uint64(1) << np.uint64(bit)
    found = as_set(close_pairs(np.concatenate([first, second])[:, None]))
    assert all((row, 300 + row) in found for row in range(300))
    assert len(found) < 310


def test_crowded_hashes_stay_cheap():
    assert len(close_pairs(np.zeros((4000, 8), dtype=np.uint64))) < 30 * 4000


def test_forest_finds_what_brute_force_finds():
    generator = np.random.default_rng(2)
    points = generator.normal(size=(2000, 24)).astype(np.float32) * 10
    points[1000:1500] = points[:500] + generator.normal(size=(500, 24)).astype(np.float32)
    found = as_set(near_pairs(points, reach=10.0))
    assert np.mean([(row, 1000 + row) in found for row in range(500)]) > 0.99
    assert all(np.linalg.norm(points[a] - points[b]) <= 10.0 for a, b in found)


def test_forest_keeps_to_pairs_of_both_sides():
    points = np.random.default_rng(6).normal(size=(600, 8)).astype(np.float32)
    sides = np.arange(600) >= 400
    found = near_pairs(points, 2.0, sides)
    assert len(found) > 100
    assert (found[:, 0] < 400).all()
    assert (found[:, 1] >= 400).all()


def test_equal_points_do_not_make_all_pairs():
    assert len(near_pairs(np.zeros((1000, 24), dtype=np.float32), reach=1.0)) <= 5 * 1000


def test_serial_numbers():
    paths = [
        "A/leaf_7.jpg",
        "A/leaf_9.jpg",
        "A/leaf_13.jpg",
        "B/leaf_8.jpg",
        "A/other.jpg",
        "A/leaf_07b.jpg",
        "A/leaf_4.jpg",
    ]
    assert as_set(serial_pairs(paths)) == {(0, 1), (0, 6)}
    assert len(serial_pairs(["x.jpg"])) == 0


@pytest.mark.parametrize("count", [2, 3, 5])
def test_few_photos(twice, count):
    few = Thumbnails(twice.grey_nhw[:count], twice.colour_nhwc[:count])
    assert propose(few, *described(few), [f"{letter}.jpg" for letter in "abcde"[:count]]).shape[1] == 2


def test_pairs_are_unique_and_sorted():
    pairs = np.array([[3, 1], [1, 3], [2, 2], [0, 5]])
    assert unique_pairs(pairs).tolist() == [[0, 5], [1, 3]]
