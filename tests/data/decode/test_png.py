"""PNGs as their specification has them: rows that are absent are no photo, a transparent level is one of the file."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from bad_photos import chunk, clear_pngs, encode, odd_pngs, png, rows_of, short_pngs
from PIL import Image

from leafgraft.data.decode.photo import UnreadableError, open_photo, to_rgb
from leafgraft.data.read.facts import measure

PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8))


def read(content: bytes) -> np.ndarray:
    with open_photo(content) as image:
        return to_rgb(image)


@pytest.mark.parametrize("name", clear_pngs())
def test_the_transparent_level_is_compared_at_the_depth_of_the_file(name: str) -> None:
    content, row = clear_pngs()[name]
    expected = np.broadcast_to(np.array(row).reshape(4, -1), (4, 3))
    np.testing.assert_array_equal(read(content), [expected] * 3)


def test_the_mode_is_that_of_the_file() -> None:
    content, _ = clear_pngs()["rgb-16.png"]
    facts = measure(content, "")
    assert (facts.mode, facts.bit_depth) == ("RGB", 16)


def test_a_part_of_exif_that_begins_with_its_mark_turns_the_photo() -> None:
    photo = read(odd_pngs(PHOTO)["exif-twice-marked.png"])
    np.testing.assert_array_equal(photo, np.rot90(np.asarray(PHOTO), -1))


@pytest.mark.parametrize("name", ["zeros-after-pixels.png", "zeros-in-a-part-after.png", "more-rows.png"])
def test_what_follows_the_pixels_is_passed_over(name: str) -> None:
    np.testing.assert_array_equal(read(odd_pngs(PHOTO)[name]), np.asarray(PHOTO))


@pytest.mark.parametrize("name", short_pngs(PHOTO))
def test_a_png_that_lacks_rows_is_refused(name: str) -> None:
    with pytest.raises(UnreadableError, match="image file is truncated"):
        read(short_pngs(PHOTO)[name])


def test_a_png_without_pixels_is_refused_as_pillow_refuses_it() -> None:
    with pytest.raises(UnreadableError, match="cannot load this image"):
        read(png((4, 4), 8, 2, b""))


def interlaced(grey: np.ndarray, passes: int) -> bytes:
    """A square of 8 x 8 pixels in the first of its seven passes."""
    places = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    parts = [rows_of(grey[top::down, left::right]) for left, top, right, down in places[:passes]]
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1))
    return encode(PHOTO, "PNG")[:8] + header + chunk(b"IDAT", zlib.compress(b"".join(parts))) + chunk(b"IEND", b"")


def test_an_interlaced_png_must_hold_all_passes() -> None:
    grey = np.random.default_rng(0).integers(1, 256, (8, 8), dtype=np.uint8)
    assert read(interlaced(grey, 7))[:, :, 0].tolist() == grey.tolist()
    for passes in (1, 4, 6):
        with pytest.raises(UnreadableError):
            read(interlaced(grey, passes))


@pytest.mark.parametrize(("depth", "columns"), [(1, 4), (2, 7), (8, 30), (16, 60)])
def test_a_whole_png_may_end_in_black(depth: int, columns: int) -> None:
    pixels = chunk(b"IDAT", zlib.compress(rows_of(np.zeros((20, columns), np.uint8))))
    assert not read(png((30 if depth != 2 else 27, 20), depth, 0, pixels)).any()
