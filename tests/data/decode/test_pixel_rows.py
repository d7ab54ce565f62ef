import time
from dataclasses import replace

import numpy as np
import pytest
from made_up_photos import Talk, class_folders, draw, encode, fill

from leafgraft.data.decode import pixel_rows as pixels_module
from leafgraft.data.decode.photo import UnreadableError
from leafgraft.data.decode.pixel_rows import decode, open_pixel_map, read_photo
from leafgraft.data.decode.resize import resize
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_source
from leafgraft.errors import PhotosError, StudyFolderError
from leafgraft.records.progress import Silent


@pytest.fixture
def manifest(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 4, "B": 3})
    return scan(open_source(str(root)), cache, Silent()).manifest


@pytest.fixture
def decoded(monkeypatch):
    """Sides of all photos that are resized from here on."""
    sides = []
    monkeypatch.setattr(pixels_module, "resize", lambda photo, side: sides.append(side) or resize(photo, side))
    return sides


def files_of(cache):
    return sorted(path.name for path in (cache.path / "pixels").iterdir() if path.is_file())


def test_each_row_is_the_decoded_photo_of_its_id(tmp_path, manifest, cache):
    talk = Talk()
    pixels = open_pixel_map(manifest, 16, cache, talk)
    assert pixels.array.shape == (7, 16, 16, 3)
    assert pixels.array.dtype == np.uint8
    assert pixels.photo_ids == tuple(sorted(photo.photo_id for photo in manifest.photos))
    for photo in manifest.photos:
        (row,) = pixels.indices([photo.photo_id])
        np.testing.assert_array_equal(pixels.array[row], decode(tmp_path / "photos" / photo.path, 16))
    assert talk.tasks == {"Decode photos at 16 px": [7, 7]}
    with pytest.raises(KeyError):
        pixels.indices(["unknown"])


def test_indices_follow_the_ids_asked_for(manifest, cache):
    pixels = open_pixel_map(manifest, 8, cache, Silent())
    ids = [pixels.photo_ids[row] for row in (3, 0, 3)]
    assert pixels.indices(ids).tolist() == [3, 0, 3]
    assert pixels.indices(()).dtype == np.int64


def test_photos_are_decoded_once_and_the_map_is_shared(manifest, cache, decoded):
    first = open_pixel_map(manifest, 16, cache, Silent())
    again = replace(manifest, photos=manifest.photos[::-1])
    second = open_pixel_map(again, 16, cache, Silent(), jobs=1)
    assert len(decoded) == 7
    assert first.photo_ids == second.photo_ids
    np.testing.assert_array_equal(first.array, second.array)
    open_pixel_map(manifest, 8, cache, Silent())
    open_pixel_map(replace(manifest, photos=manifest.photos[1:]), 16, cache, Silent())
    assert decoded[7:] == [8] * 7
    assert len(files_of(cache)) == 6


def test_a_photo_that_comes_later_is_the_only_one_decoded(manifest, cache, decoded):
    fewer = replace(manifest, photos=manifest.photos[1:])
    open_pixel_map(fewer, 16, cache, Silent())
    pixels = open_pixel_map(manifest, 16, cache, Silent())
    assert len(decoded) == 7
    cache.empty()
    np.testing.assert_array_equal(open_pixel_map(manifest, 16, cache, Silent()).array, pixels.array)


def test_the_number_of_threads_does_not_change_the_pixels(manifest, cache):
    one = open_pixel_map(manifest, 16, cache, Silent(), jobs=1).array.copy()
    cache.empty()
    np.testing.assert_array_equal(open_pixel_map(manifest, 16, cache, Silent(), jobs=8).array, one)


def test_decoding_is_timed_on_a_few_photos_and_counted_for_those_that_are_missing(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(pixels_module, "resize", lambda photo, side: time.sleep(0.02) or resize(photo, side))
    root = class_folders(tmp_path / "photos", {"A": 20, "B": 20})
    manifest = scan(open_source(str(root)), cache, Silent()).manifest
    assert pixels_module.decode_seconds(manifest, 16, cache, jobs=1) >= 40 * 0.02
    open_pixel_map(replace(manifest, photos=manifest.photos[:10]), 16, cache, Silent())
    assert pixels_module.decode_seconds(manifest, 16, cache, jobs=1) >= 30 * 0.02
    open_pixel_map(manifest, 16, cache, Silent())
    assert pixels_module.decode_seconds(manifest, 16, cache, jobs=1) == 0


def spoil_a_byte(path):
    content = bytearray(path.read_bytes())
    content[-5] ^= 255
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said", "made_anew"),
    [
        (spoil_a_byte, "damaged", 1),
        (lambda path: path.write_bytes(path.read_bytes()[:-100]), "damaged", 1),
        (lambda path: path.write_bytes(b""), "damaged", 7),
        (lambda path: path.with_suffix(".json").write_text("{"), "damaged", 7),
        (lambda path: path.with_suffix(".json").write_text('{"crc32": [1]}'), "damaged", 7),
        (lambda path: path.with_suffix(".json").write_text('{"crc32": [1], "format": 1}'), "another version", 7),
    ],
)
def test_a_damaged_map_is_made_anew_and_that_is_said(manifest, cache, decoded, spoil, said, made_anew):
    before = open_pixel_map(manifest, 16, cache, Silent()).array.copy()
    (path,) = (cache.path / "pixels").glob("*.npy")
    spoil(path)
    talk = Talk()
    np.testing.assert_array_equal(open_pixel_map(manifest, 16, cache, talk).array, before)
    assert len(decoded) == 7 + made_anew
    assert len(talk.lines) == 1
    assert said in talk.lines[0]
    open_pixel_map(manifest, 16, cache, talk)
    assert len(talk.lines) == 1


def test_a_map_cut_short_goes_on_where_it_was(manifest, cache, monkeypatch):
    monkeypatch.setattr(pixels_module, "DECODED_AT_ONCE", 2)
    rows = []

    def cut(photo, side):
        rows.append(side)
        if len(rows) == 6:
            raise KeyboardInterrupt
        return resize(photo, side)

    monkeypatch.setattr(pixels_module, "resize", cut)
    with pytest.raises(KeyboardInterrupt):
        open_pixel_map(manifest, 16, cache, Silent(), jobs=1)
    monkeypatch.setattr(pixels_module, "resize", lambda photo, side: rows.append(side) or resize(photo, side))
    pixels = open_pixel_map(manifest, 16, cache, Silent(), jobs=1)
    assert len(rows) <= 6 + 3
    cache.empty()
    np.testing.assert_array_equal(open_pixel_map(manifest, 16, cache, Silent()).array, pixels.array)


def test_a_photo_that_changed_or_went_since_the_scan_is_named(tmp_path, manifest, cache):
    path = tmp_path / "photos" / manifest.photos[2].path
    path.write_bytes(encode(draw(999)))
    with pytest.raises(PhotosError, match="must not change") as caught:
        open_pixel_map(manifest, 16, cache, Silent())
    assert str(path) in str(caught.value)
    path.unlink()
    with pytest.raises(PhotosError, match="No such file"):
        open_pixel_map(manifest, 16, cache, Silent())


def test_a_photo_that_was_read_elsewhere_and_cannot_be_read_here_is_named(tmp_path, manifest, cache, monkeypatch):
    """A cache that another environment shares knows photos that only that one reads."""

    def refuse(_content):
        raise UnreadableError("a HEIC photo", "install leafgraft[heic]")

    monkeypatch.setattr(pixels_module, "open_photo", refuse)
    with pytest.raises(PhotosError, match=r"can be read here.*a HEIC photo\. Install leafgraft\[heic\]\."):
        open_pixel_map(manifest, 16, cache, Silent())


def test_a_disk_without_room_is_said_and_nothing_is_written(manifest, cache, monkeypatch):
    def full(_descriptor, _offset, _size):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("leafgraft.storage.cache.kept_rows.os.posix_fallocate", full)
        with pytest.raises(StudyFolderError, match="disk is full"):
            open_pixel_map(manifest, 16, cache, Silent())
    talk = Talk()
    assert open_pixel_map(manifest, 16, cache, talk).array.any(axis=(1, 2, 3)).all()
    assert talk.lines == []


def test_read_photo_and_decode_read_files(tmp_path):
    fill(tmp_path, {"a.png": encode(draw(3), "PNG"), "b.jpg": b""})
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), draw(3))
    np.testing.assert_array_equal(decode(tmp_path / "a.png", 8), resize(draw(3), 8))
    with pytest.raises(UnreadableError, match="empty"):
        read_photo(tmp_path / "b.jpg")
