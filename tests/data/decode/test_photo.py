import io
import threading
import warnings

import numpy as np
import pytest
from bad_photos import small_frame, small_webp_frame
from made_up_photos import draw, encode, png_header, rotated_jpeg
from PIL import Image, PngImagePlugin

from leafgraft.data.decode import photo as decode_module
from leafgraft.data.decode.photo import UnreadableError, open_photo, read_photo_file, to_rgb


def read(content):
    with open_photo(content) as image:
        return to_rgb(image)


def test_8_bit_colour_is_kept_as_it_is():
    pixels = draw(1)
    for kind in ("PNG", "BMP", "TIFF"):
        np.testing.assert_array_equal(read(encode(pixels, kind)), pixels)


def test_grey_is_the_same_in_all_channels():
    grey = draw(1)[:, :, 0]
    np.testing.assert_array_equal(read(encode(grey, "PNG")), np.repeat(grey[:, :, None], 3, axis=2))
    black_and_white = Image.fromarray(grey > 100)
    assert set(np.unique(read(encode(black_and_white, "PNG")))) == {0, 255}


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_at_16_bits_is_scaled_by_1_over_257(kind):
    values = np.array([[0, 128, 129, 257, 1000, 32768, 65000, 65535]], dtype=np.uint16).repeat(4, axis=0)
    photo = read(encode(Image.fromarray(values), kind))
    np.testing.assert_array_equal(photo[0, :, 1], np.rint(values[0] / 257))
    assert photo.shape == (4, 8, 3)


def test_32_bit_whole_numbers_are_taken_as_8_or_16_bits_or_scaled_to_their_range():
    for top, expected in ((255, [0, 128, 255]), (65535, [0, 0, 255]), (1_000_000, [0, 0, 255])):
        values = np.array([[0, 128, top]], dtype=np.int32)
        assert read(encode(Image.fromarray(values), "TIFF"))[0, :, 0].tolist() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.0, 0.5, 1.0], [0, 128, 255]), ([0, 100, 255], [0, 100, 255]), ([0, 500, 1000], [0, 128, 255])],
)
def test_floating_point_grey_is_scaled_to_its_range(values, expected):
    image = Image.fromarray(np.array([values], dtype=np.float32))
    assert read(encode(image, "TIFF"))[0, :, 2].tolist() == expected


def test_floating_point_grey_that_is_no_number_counts_as_black():
    values = np.array([[np.nan, np.inf, -np.inf, 255.0]], dtype=np.float32)
    assert read(encode(Image.fromarray(values), "TIFF"))[0, :, 0].tolist() == [0, 0, 0, 255]


def test_cmyk_is_converted_and_not_inverted():
    """Pillow, like Adobe, writes CMYK inverted into JPEG and marks it; a missed mark would give the negative."""
    pixels = np.zeros((16, 16, 3), dtype=np.uint8)
    pixels[:8], pixels[8:] = (250, 240, 230), (20, 90, 30)
    content = encode(Image.fromarray(pixels).convert("CMYK"), quality=100, subsampling=0)
    assert b"Adobe" in content
    with Image.open(io.BytesIO(content)) as image:
        assert image.mode == "CMYK"
    difference = read(content).astype(int) - pixels
    assert np.abs(difference).max() <= 6


def test_transparency_is_laid_over_white():
    pixels = np.zeros((2, 3, 4), dtype=np.uint8)
    pixels[..., :3] = (200, 100, 0)
    pixels[:, 1, 3], pixels[:, 2, 3] = 128, 255
    for kind in ("PNG", "WEBP", "TIFF"):
        photo = read(encode(pixels, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {})))
        np.testing.assert_array_equal(photo[:, 0], [[255, 255, 255]] * 2)
        np.testing.assert_allclose(photo[:, 1], [[227, 177, 127]] * 2, atol=1)
        np.testing.assert_array_equal(photo[:, 2], [[200, 100, 0]] * 2)
    grey = Image.fromarray(np.array([[0, 0, 100]], dtype=np.uint8))
    grey.putalpha(Image.fromarray(np.array([[0, 255, 255]], dtype=np.uint8)))
    assert read(encode(grey, "PNG"))[0, :, 0].tolist() == [255, 0, 100]


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palettes_are_resolved_and_their_transparency_laid_over_white(kind):
    image = Image.new("P", (3, 1))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90] + [0] * 759)
    image.putdata([0, 1, 2])
    assert read(encode(image, kind))[0].tolist() == [[10, 20, 30], [40, 50, 60], [70, 80, 90]]
    transparent = read(encode(image, kind, transparency=1))[0].tolist()
    assert transparent == [[10, 20, 30], [255, 255, 255], [70, 80, 90]]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_upright(orientation):
    """Written as a camera held that way would: turning it back by the tag gives the upright photo."""
    upright = draw(4, 16, 32)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: np.rot90(upright.transpose(1, 0, 2), 2),
        8: np.rot90(upright, -1),
    }
    photo = read(rotated_jpeg(np.ascontiguousarray(stored[orientation]), orientation))
    assert photo.shape == (16, 32, 3)
    assert np.abs(photo.astype(int) - upright).mean() < 3


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.fromarray(draw(number)) for number in range(3)]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        content = encode(frames[0], kind, save_all=True, append_images=frames[1:])
        assert np.abs(read(content).astype(int) - draw(0)).mean() < 12, kind


@pytest.mark.parametrize(
    ("content", "left", "top"), [(small_frame((40, 30)), 5, 5), (small_webp_frame((40, 30)), 4, 6)]
)
def test_what_lies_outside_of_the_first_frame_is_white(content, left, top):
    photo = read(content)
    inside = np.zeros((30, 40), dtype=bool)
    inside[top : top + 10, left : left + 20] = True
    assert (photo[inside] == (200, 0, 0)).all()
    assert (photo[~inside] == 255).all()


def test_pixels_are_the_readers_own():
    photo = read(encode(draw(1), "PNG"))
    photo[:] = 0
    assert photo.flags.owndata
    assert photo.flags.c_contiguous


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello", "not an image"),
        (encode(draw(1, 100, 100))[:-100], "truncated"),
        (png_header(20_000, 10_001), "200,000,000"),
        (png_header(40_000, 40_000), "200,000,000"),
    ],
)
def test_what_is_no_whole_photo_is_said(content, reason):
    with pytest.raises(UnreadableError, match=reason):
        read(content)


@pytest.mark.parametrize("header", [(20_000, 10_001), (40_000, 40_000)])
def test_a_photo_of_too_many_pixels_is_a_whole_photo_to_be_saved_smaller(header):
    with pytest.raises(UnreadableError) as caught:
        read(png_header(*header))
    assert caught.value.mend == "save it smaller"


def test_a_file_of_too_many_bytes_may_be_a_whole_photo(tmp_path):
    with (tmp_path / "large.tif").open("wb") as file:
        file.truncate(500_000_001)
    with pytest.raises(UnreadableError, match="500,000,000 bytes: save it smaller"):
        read_photo_file(tmp_path / "large.tif")


def test_a_photo_just_below_the_limit_gives_no_warning():
    with open_photo(png_header(20_000, 9_999)) as image:
        assert image.size == (20_000, 9_999)


def test_odd_exif_is_borne_in_silence_and_other_warnings_are_not_hushed():
    exif = Image.Exif()
    exif[274] = 6
    content = encode(draw(1), exif=exif).replace(b"MM\0*", b"MM\0\xff")
    assert read(content).shape == (24, 32, 3)
    with open_photo(encode(draw(1))), pytest.warns(UserWarning, match="from elsewhere"):
        warnings.warn("from elsewhere", UserWarning, stacklevel=1)


def test_threads_that_overlap_put_the_warning_filters_back():
    before = list(warnings.filters)
    first_is_in, second_is_in = threading.Event(), threading.Event()

    def first():
        with open_photo(encode(draw(1))):
            first_is_in.set()
            second_is_in.wait(10)

    def second():
        first_is_in.wait(10)
        with open_photo(encode(draw(2))):
            second_is_in.set()
            one.join(10)

    one, other = threading.Thread(target=first), threading.Thread(target=second)
    one.start()
    other.start()
    one.join(10)
    other.join(10)
    assert list(warnings.filters) == before
    assert decode_module._QUIET._inside == 0


@pytest.mark.parametrize("fails", ["load", "convert"])
def test_a_full_memory_is_no_damage(monkeypatch, fails):
    def fail(*_given):
        raise MemoryError

    content = encode(draw(1), "PNG")
    monkeypatch.setattr(PngImagePlugin.PngImageFile, fails, fail)
    with pytest.raises(MemoryError):
        read(content)
