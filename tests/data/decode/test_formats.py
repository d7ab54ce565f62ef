"""Camera raw files and HEIC, told by their content."""

import struct
import subprocess
import sys

import numpy as np
import pytest
from made_up_photos import draw, encode
from PIL import Image

from leafgraft.data.decode import photo as decode_module
from leafgraft.data.decode.formats import is_heic, is_raw, is_raw_tiff
from leafgraft.data.decode.photo import UnreadableError, is_photo_file, open_photo, to_rgb


def read(content):
    with open_photo(content) as image:
        return to_rgb(image)


def directory(order, tags, after=0, at=8):
    """One TIFF directory that stands at `at`, tags of one 32-bit number each."""
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", after)


SMALL, LARGE = {256: 160, 257: 120}, {256: 4000, 257: 3000}


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_that_hides_a_larger_picture_is_told(order):
    start = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8)
    length = len(directory(order, SMALL))
    assert is_raw_tiff(start + directory(order, SMALL, 8 + length) + directory(order, LARGE))  # as a NEF
    below = {**SMALL, 330: 8 + length + 12}
    assert is_raw_tiff(start + directory(order, below) + directory(order, LARGE))  # as a DNG
    assert is_raw_tiff(start + directory(order, {**SMALL, 254: 1}))
    assert is_raw_tiff(start + directory(order, {**LARGE, 50706: 0x01040000}))
    assert is_raw_tiff(start + directory(order, {**LARGE, 262: 32803}))  # of a sensor
    assert is_raw_tiff(start + directory(order, {**LARGE, 262: 34892}))
    assert not is_raw_tiff(start + directory(order, LARGE, 8 + length) + directory(order, SMALL))  # a preview follows
    assert not is_raw_tiff(start + directory(order, {**LARGE, 330: 8 + length + 12}) + directory(order, SMALL))
    assert not is_raw_tiff(start + directory(order, SMALL, 8))  # a circle
    assert not is_raw_tiff(start + directory(order, SMALL)[:-9])  # cut short
    assert not is_raw_tiff(start[:6])
    assert not is_raw_tiff(encode(draw(1)))


FLOATS, BANDS = {258: 32, 339: 3, 277: 3}, {258: 16, 277: 5}  # as TIFF tags: bits, kind and count of samples


@pytest.mark.parametrize("tags", [FLOATS, BANDS, {258: 8, 259: 34887}])
def test_a_tiff_of_a_kind_that_is_not_read_is_not_called_damaged(tags):
    whole = (
        b"II*\0" + struct.pack("<I", 8) + directory("<", {256: 4, 257: 4, 262: 2, 273: 8, 279: 48, **tags}) + bytes(99)
    )
    with pytest.raises(UnreadableError) as caught:
        read(whole)
    assert caught.value.mend == "export it as 8- or 16-bit RGB"
    with pytest.raises(UnreadableError) as caught:
        read(whole[:40])
    assert caught.value.mend == ""


def test_a_thumbnail_is_not_used_as_the_photo():
    frames = [Image.fromarray(draw(1, 24, 32)), Image.fromarray(draw(2, 240, 320))]
    content = encode(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    with pytest.raises(UnreadableError, match="thumbnail: export the photo as JPEG or PNG"):
        read(content)
    pages = encode(frames[1], "TIFF", save_all=True, append_images=frames[:1])
    assert read(pages).shape == (240, 320, 3)


@pytest.mark.parametrize(
    "head",
    [
        b"II*\0\x10\0\0\0CR\2\0",
        b"FUJIFILMCCD-RAW 0201",
        b"IIU\0\x18\0\0\0",
        b"\0\0\0\x18ftypcrx \0\0\0\1",
        b"IIRO\x08\0",
    ],
)
def test_raw_files_of_other_cameras_are_named_so(head):
    assert is_raw(head)
    with pytest.raises(UnreadableError, match="camera raw"):
        read(head + bytes(300))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\x0a" + bytes(300), "a JPEG XL photo: save it as JPEG or PNG"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(300), "a JPEG XL photo: save"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12\n",
            "Git LFS .*: fetch the photos with git",
        ),
    ],
)
def test_photos_that_are_whole_elsewhere_are_not_called_broken(tmp_path, content, words):
    with pytest.raises(UnreadableError, match=words):
        read(content)
    for name in ("a.jpg", "a.jxl"):
        (tmp_path / name).write_bytes(content)
        assert is_photo_file(tmp_path / name)


def heic(pixels, **options):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    return encode(pixels, "HEIF", quality=95, **options)


def test_heic_is_read():
    pixels = draw(1, 64, 96)
    assert is_heic(heic(pixels)[:64])
    photo = read(heic(pixels))
    assert photo.shape == (64, 96, 3)
    assert np.abs(photo.astype(int) - pixels).mean() < 8


def test_heic_is_turned_once():
    """A telephone writes the turn as a transformation and repeats it in EXIF: it must be obeyed once."""
    pixels = draw(3, 64, 96)
    exif = Image.Exif()
    exif[274] = 6
    content = heic(pixels, exif=exif)
    photo = read(content)
    turned = np.rot90(pixels, -1) if photo.shape == (96, 64, 3) else pixels
    assert np.abs(photo.astype(int) - turned).mean() < 8
    import pillow_heif

    opened = pillow_heif.open_heif(content)
    assert photo.shape[:2] == opened.size[::-1]


def test_avif_is_read_and_turned():
    pixels = draw(3, 64, 96)
    exif = Image.Exif()
    exif[274] = 6
    photo = read(encode(pixels, "AVIF", quality=95, exif=exif))
    assert photo.shape == (96, 64, 3)
    assert np.abs(photo.astype(int) - np.rot90(pixels, -1)).mean() < 8


@pytest.mark.parametrize(
    ("brands", "expected"),
    [
        *((["heic", "mif1", "heic"], True), (["mif1", "mif1", "heic", "miaf"], True), (["mif1"], True)),
        *((["msf1", "msf1", "hevc"], True), (["mif1", "avif", "mif1"], False), (["msf1", "avis"], False)),
        *((["avif", "mif1"], False), (["isom", "heic"], False)),
    ],
)
def test_a_shared_brand_is_heic_unless_avif_follows(brands, expected):
    first, *others = (brand.encode() for brand in brands)
    box = struct.pack(">I", 16 + 4 * len(others)) + b"ftyp" + first + bytes(4) + b"".join(others)
    assert is_heic(box + b"avif") == expected  # what stands behind the box is no brand


def test_an_avif_of_a_shared_brand_is_read_whatever_was_read_before(tmp_path):
    content = bytearray(encode(draw(3, 64, 96), "AVIF"))
    content[8:12] = b"mif1"
    (tmp_path / "a.heic").write_bytes(heic(draw(1, 64, 96)))
    (tmp_path / "a.avif").write_bytes(content)
    lines = ["import sys; from pathlib import Path; from leafgraft.data.decode.pixel_rows import read_photo"]
    lines += ["print([read_photo(Path(one)).shape for one in sys.argv[1:]])"]
    command = [sys.executable, "-c", "; ".join(lines)]
    done = subprocess.run(
        [*command, tmp_path / "a.heic", tmp_path / "a.avif"], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[(64, 96, 3), (64, 96, 3)]", done.stderr


def test_without_pillow_heif_it_is_said_what_to_install(monkeypatch):
    content = heic(draw(1, 64, 96))
    monkeypatch.setattr(decode_module, "read_heic", lambda: False)
    with pytest.raises(UnreadableError) as caught:
        read(content)
    assert str(caught.value) == "a HEIC photo: install leafgraft[heic], or set the phone to 'most compatible'"


def test_a_damaged_heic_is_not_called_no_image():
    with pytest.raises(UnreadableError, match="a HEIC photo that is cut or damaged"):
        read(heic(draw(1, 64, 96))[:60])
