"""EXIF that is hostile or broken never costs a photo, and turns it only as browsers would."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from bad_photos import turned_photos, turned_tiffs
from PIL import ExifTags, Image

from leafgraft.data.decode.exif import read_orientation, read_text
from leafgraft.data.decode.photo import open_photo, to_rgb
from leafgraft.data.read.facts import measure

PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8))
ORIENTATION = (0x0112, 3, 1, struct.pack("<HH", 6, 0))
HOSTILE = {
    "text that is a fraction": (0x010E, 5, 1, struct.pack("<I", 8)),
    "a pointer before the file": (0x8769, 4, 1, struct.pack("<I", 2**32 - 1)),
    "a pointer to itself": (0x8769, 4, 1, struct.pack("<I", 8)),
    "four thousand million values": (0x0132, 2, 2**32 - 1, struct.pack("<I", 8)),
    "a fraction of nothing": (0x011A, 10, 1, struct.pack("<I", 200)),
    "no such type": (0x010F, 99, 1, struct.pack("<I", 8)),
    "floating point where text belongs": (0x010F, 12, 1, struct.pack("<I", 8)),
}


def exif(*entries: tuple[int, int, int, bytes]) -> bytes:
    body = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in entries)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", 0) + b"\xff" * 40


def photo(content: bytes, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    PHOTO.save(buffer, kind, exif=content)
    return buffer.getvalue()


def upright(content: bytes) -> np.ndarray:
    with open_photo(content) as image:
        return to_rgb(image)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tags_cost_nothing(name: str, kind: str) -> None:
    for entries in ((ORIENTATION, HOSTILE[name]), (HOSTILE[name], ORIENTATION)):
        content = photo(exif(*entries), kind)
        assert upright(content).shape == (30, 20, 3)
        assert measure(content, "0").exif_orientation == 6


@pytest.mark.parametrize(
    "entry",
    [
        (0x0112, 3, 1, struct.pack("<HH", 0, 0)),
        (0x0112, 3, 1, struct.pack("<HH", 9, 0)),
        (0x0112, 2, 1, struct.pack("<HH", 6, 0)),
        (0x0112, 3, 2, struct.pack("<HH", 6, 6)),
    ],
)
def test_what_is_no_orientation_turns_nothing(entry: tuple[int, int, int, bytes]) -> None:
    assert upright(photo(exif(entry))).shape == (20, 30, 3)


@pytest.mark.parametrize(
    "content", [b"", b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0PK\3\4" * 9]
)
def test_cut_exif_turns_nothing(content: bytes) -> None:
    assert upright(photo(content)).shape == (20, 30, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_is_that_of_pillow(orientation: int) -> None:
    from PIL import ImageOps

    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Make] = "Camera"
    content = photo(tags.tobytes(), "PNG")
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert read_orientation(image) == orientation
        assert read_text(image, ExifTags.Base.Make) == "Camera"
        assert read_text(image, ExifTags.Base.DateTimeOriginal, ExifTags.IFD.Exif) == ""
        assert np.array_equal(upright(content), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize("name", [*turned_photos(PHOTO), *turned_tiffs(PHOTO)])
def test_exif_turns_a_photo_and_xmp_never_does(name: str) -> None:
    """The phone page is held to the same files in `tests/web/test_phone_parity.py`."""
    content, is_turned = {**turned_photos(PHOTO), **turned_tiffs(PHOTO)}[name]
    assert upright(content).shape == ((30, 20, 3) if is_turned else (20, 30, 3))
