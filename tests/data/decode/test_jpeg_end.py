"""Whole JPEG files are whole however they were written; cut ones are found though they end with an end mark."""

import io
import json

import pytest
from made_up_photos import draw, encode
from PIL import Image

from leafgraft.data.decode.jpeg_end import missing_share

LARGE = draw(5, 220, 300)
KINDS = {
    "baseline": (LARGE, {}),
    "restarts": (LARGE, {"restart_marker_rows": 1}),
    "fine": (LARGE, {"quality": 100, "subsampling": 0}),
    "progressive": (LARGE, {"progressive": True}),
    "progressive with restarts": (LARGE, {"progressive": True, "restart_marker_rows": 2}),
    "grey": (LARGE[:, :, 0], {}),
    "CMYK": (Image.fromarray(LARGE).convert("CMYK"), {}),
    "with a thumbnail": (LARGE, {"exif": b"Exif\0\0" + encode(draw(1))}),
}


def decode(content):
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def missing(content):
    return missing_share(content, decode(content), decode)


def written(kind):
    pixels, options = KINDS[kind]
    return encode(pixels, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_whole_photos_are_whole_whatever_follows_them(kind):
    whole = written(kind)
    assert missing(whole) == 0
    assert missing(whole + b"trailer of a telephone" + whole) == 0
    assert missing(whole[:-2] + bytes(3) + whole[-2:]) == 0


@pytest.mark.parametrize("kept", [0.45, 0.67, 0.9])
@pytest.mark.parametrize("kind", KINDS)
def test_cut_photos_are_found(kind, kept):
    whole = written(kind)
    share = missing(whole[: int(len(whole) * kept)] + b"\xff\xd9")
    assert share > 0
    if "progressive" not in kind and "thumbnail" not in kind:  # whose rows come in several scans, or after more bytes
        assert share == pytest.approx(1 - kept, abs=0.15)


@pytest.mark.parametrize("progressive", [False, True])
def test_grey_photos_are_no_cut_ones(progressive):
    assert missing(encode(Image.new("RGB", (100, 100), (128, 128, 128)), progressive=progressive)) == 0


def test_real_photos_are_whole(shared_data):
    photos = sorted(path for path in shared_data.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"})[::40]
    assert len(photos) > 100
    found = {str(path): share for path in photos if (share := missing(path.read_bytes()))}
    assert not found, json.dumps(found)
