import numpy as np
import pytest
from leaves_twice import again, drawn, of_one_outline, through_jpeg, thumbnails
from PIL import Image

from leafgraft.data.decode.thumbnails import Thumbnails
from leafgraft.data.drawn.faults import same_leaf
from leafgraft.data.groups.agreement import agree
from leafgraft.data.groups.alignment import Alignment
from leafgraft.data.groups.same_leaf import compare


def verified(first, second, *, serial=False):
    count = len(first)
    pairs = np.stack([np.arange(count)] * 2, axis=1)
    return {one.first for one in compare(thumbnails(first), thumbnails(second), pairs, np.full(count, serial))}


@pytest.mark.parametrize("fill", ["nearest", "black", "white", "reflect"])
def test_second_photos_are_verified_whatever_fills_their_edges(fill):
    generator = np.random.default_rng(1)
    photos = drawn(24)
    found = verified(photos, [again(photo, generator, fill) for photo in photos])
    assert len(found) >= 23


@pytest.mark.parametrize("side", [48, 64, 200])
def test_second_photos_of_every_size_are_verified(side, tmp_path):
    generator = np.random.default_rng(2)
    photos = drawn(16, side)
    seconds = []
    for row, photo in enumerate(photos):
        (tmp_path / f"{row}.jpg").write_bytes(same_leaf(photo, generator))
        seconds.append(np.asarray(Image.open(tmp_path / f"{row}.jpg")))
    assert len(verified(photos, seconds)) >= 15


def test_other_leaves_are_not():
    photos = drawn(60)
    assert not verified(photos, photos[3:] + photos[:3])
    assert not verified(photos, photos[3:] + photos[:3], serial=True)


@pytest.mark.parametrize("serial", [False, True])
@pytest.mark.parametrize("texture", [0.0, 6.0])
def test_two_leaves_of_one_outline_on_one_table_are_not(texture, serial):
    """Same shape, pose, colours and background; only the spots, or veins and spots, are others."""
    first = [of_one_outline(number, 0, texture=texture) for number in range(30)]
    second = [of_one_outline(number, 1, texture=texture) for number in range(30)]
    assert not verified(first, [through_jpeg(photo, 90) for photo in second], serial=serial)
    generator = np.random.default_rng(3)
    assert not verified(first, [again(photo, generator) for photo in second], serial=serial)


@pytest.mark.parametrize("texture", [0.0, 6.0])
def test_plain_leaves_photographed_twice_are_verified(texture):
    generator = np.random.default_rng(4)
    photos = [of_one_outline(number, 0, texture=texture) for number in range(30)]
    assert len(verified(photos, [again(photo, generator) for photo in photos])) >= 29


def test_pairs_in_a_row_may_differ_a_little_more():
    """A strip of the middle moved against the rest, as near things do when the hand moves."""
    photos = drawn(12, 128)
    seconds = []
    for photo in photos:
        second = photo.copy()
        second[48:80] = np.roll(photo[48:80], 2, axis=1)
        seconds.append(second)
    in_a_row, in_any_order = verified(photos, seconds, serial=True), verified(photos, seconds)
    assert len(in_a_row) > len(in_any_order)


def test_blank_photos_tell_nothing():
    blank = [np.full((64, 64, 3), level, np.uint8) for level in (0, 90, 255)]
    assert not verified(blank, blank)
    noise = [np.random.default_rng(seed).integers(100, 103, (64, 64, 3), dtype=np.uint8) for seed in range(6)]
    assert not verified(noise[:3], noise[3:], serial=True)


def test_similarity_one_is_kept_for_equal_pixels():
    photos = thumbnails(drawn(3))
    found = compare(photos, photos, np.array([[0, 0]]), np.zeros(1, dtype=bool))
    assert 0.99 < found[0].similarity < 1


def test_words_say_how_the_second_lies():
    photo = drawn(1, 128)[0]
    pair = np.array([[0, 0]])
    found = compare(thumbnails([photo]), thumbnails([np.rot90(photo)[:, ::-1]]), pair, np.zeros(1, dtype=bool))
    assert found[0].transform.startswith("flipped, turned")
    assert "scaled 1.00" in found[0].transform


def test_no_pairs_at_all():
    none = Thumbnails(np.empty((0, 128, 128), np.uint8), np.empty((0, 32, 32, 3), np.uint8))
    assert compare(none, none, np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=bool)) == []


def test_structure_in_one_photo_only_stands_apart():
    first = np.full((1, 128, 128), 100, np.float32)
    first += np.random.default_rng(0).normal(0, 0.3, first.shape).astype(np.float32)
    first[:, ::8] += 40
    second = first.copy()
    second[:, 56:72, 56:72] += np.random.default_rng(1).normal(0, 40, (1, 16, 16)).astype(np.float32)
    still = Alignment(
        np.zeros(1, bool), np.ones(1, np.complex64), *[np.zeros(1, np.complex64)] * 2, np.ones(1, np.float32)
    )
    found = agree(first, second, still)
    assert found.apart[0] > 1
    assert found.telling[0]
    assert agree(first, 0.8 * first + 9, still).apart[0] < 0.1
