"""JPEG files that were cut and closed by an end mark: decoders fill what is absent with grey and say nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

START, SCAN, END = 0xD8, 0xDA, 0xD9
ALONE = frozenset((0x01, START, *range(0xD0, 0xD8)))  # marks without a length
GREY, TOLERANCE = 128, 2  # what no coefficient at all decodes to
# Bits for whatever a decoder still lacks; without 0xFF, which would begin a mark.
MORE = np.random.default_rng(0).integers(0, 255, 65536, dtype=np.uint8).tobytes()
NEXT_MARK = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")


def missing_share(content: bytes, image: Image.Image, decode: Callable[[bytes], Image.Image]) -> float:
    """Share of the rows that the file does not hold, though it ends as a whole one does; 0 for whole photos.

    A decoder that has all it needs skips what stands before the end mark. One that does not, decodes it: so the file
    is decoded again with more bytes there, and the rows that differ are those that are absent. For a photo in one scan
    this is asked only if its last pixel is the grey of no data.

    Args:
        content: Bytes of the file.
        image: Its photo, decoded, as stored.
        decode: Decodes bytes as `image` was decoded.
    """
    ends, scans = _first_photo(content)
    if not ends or (scans == 1 and not _ends_grey(image)):
        return 0.0
    again = decode(content[:ends] + MORE + content[ends:])
    differ = np.flatnonzero((_pixels(image) != _pixels(again)).any(axis=(1, 2)))
    return 0.0 if not len(differ) else 1.0 - float(differ[0]) / image.height


def _first_photo(content: bytes) -> tuple[int, int]:
    """Where the end mark of the first photo stands, and in how many scans it comes; 0 where no end is found."""
    place, scans = 2, 0
    while place + 4 <= len(content):
        mark = content[place + 1]
        if content[place] != 0xFF or mark == 0xFF:
            place += 1  # filling
        elif mark == END:
            return place, scans
        elif mark in ALONE:
            place += 2
        else:
            place += 2 + int.from_bytes(content[place + 2 : place + 4])
            if mark == SCAN:
                scans += 1
                found = NEXT_MARK.search(content, place)
                place = found.end() - 2 if found else len(content)
    return (place if content[place : place + 2] == bytes((0xFF, END)) else 0), scans


def _ends_grey(image: Image.Image) -> bool:
    last = np.atleast_1d(np.asarray(image.getpixel((image.width - 1, image.height - 1)), dtype=int))
    return bool((np.abs(last - GREY) <= TOLERANCE).all())


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    pixels = np.asarray(image)
    return pixels.reshape(*pixels.shape[:2], -1)
