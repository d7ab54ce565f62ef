import hashlib

import numpy as np
import pytest
from made_up_photos import draw, encode, rotated_jpeg
from PIL import Image, ImageFilter

from leafgraft.data.read.facts import measure


def facts_of(pixels, kind="PNG", **options):
    return measure(encode(pixels, kind, **options), "id")


def test_sizes_modes_and_depths_are_those_of_the_file():
    grey16 = Image.fromarray(np.arange(48, dtype=np.uint16).reshape(6, 8) * 1000)
    cases = [
        (facts_of(draw(1)), "RGB", 8),
        (facts_of(Image.fromarray(draw(1)).convert("L")), "L", 8),
        (facts_of(Image.fromarray(draw(1)).convert("1")), "1", 1),
        (facts_of(Image.fromarray(draw(1)).quantize(16)), "P", 8),
        (facts_of(Image.fromarray(draw(1)).convert("CMYK"), "JPEG"), "CMYK", 8),
        (facts_of(grey16), "I;16", 16),
        (measure(b"P6\n2 1\n65535\n" + bytes(range(12)), "id"), "RGB", 16),
        (measure(b"P2\n2 1\n1023\n7 1000\n", "id"), "I", 16),
        (measure(b"P6\n2 1\n255\n" + bytes(range(6)), "id"), "RGB", 8),
        (facts_of(Image.fromarray(np.ones((6, 8), np.float32)), "TIFF"), "F", 32),
    ]
    for facts, mode, bit_depth in cases:
        assert (facts.mode, facts.bit_depth) == (mode, bit_depth)
    content = encode(draw(1, 10, 20), "PNG")
    facts = measure(content, "some id")
    assert (facts.photo_id, facts.width, facts.height, facts.file_bytes) == ("some id", 20, 10, len(content))
    assert (facts.frames, facts.exif_orientation, facts.jpeg_quality, facts.camera, facts.taken) == (1, 1, 0, "", "")


def test_frames_of_an_animation_are_counted():
    frames = [Image.fromarray(draw(number)) for number in range(3)]
    assert facts_of(frames[0], "GIF", save_all=True, append_images=frames[1:]).frames == 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_size_is_that_of_the_upright_photo(orientation):
    facts = measure(rotated_jpeg(draw(1, 16, 32), orientation), "id")
    assert facts.exif_orientation == orientation
    assert (facts.width, facts.height) == ((32, 16) if orientation < 5 else (16, 32))


def test_an_orientation_that_means_nothing_counts_as_upright():
    assert measure(rotated_jpeg(draw(1), 42), "id").exif_orientation == 1


def test_camera_and_date_come_from_exif():
    exif = Image.Exif()
    exif[271], exif[272], exif[306] = "Maker\0\0", "Model 5\0", "2026:05:04 10:00:00"
    facts = facts_of(draw(1), "JPEG", exif=exif)
    assert (facts.camera, facts.taken) == ("Maker Model 5", "2026:05:04 10:00:00")
    exif.get_ifd(0x8769)[36867] = "2025:01:01 00:00:00"
    assert facts_of(draw(1), "JPEG", exif=exif).taken == "2025:01:01 00:00:00"


@pytest.mark.parametrize("quality", [25, 35, 50, 75, 90, 95])
def test_jpeg_quality_is_read_off_the_quantisation_tables(quality):
    assert abs(facts_of(draw(1), "JPEG", quality=quality).jpeg_quality - quality) <= 1


def test_brightness_contrast_and_colour_are_those_of_the_pixels():
    pixels = draw(3, 30, 30)
    facts = facts_of(pixels)
    grey = np.asarray(Image.fromarray(pixels).convert("L"), dtype=float)
    assert facts.brightness == pytest.approx(grey.mean(), abs=1e-3)
    assert facts.contrast == pytest.approx(grey.std(), abs=1e-3)
    flat = pixels.reshape(-1, 3).astype(float)
    assert facts.colour == pytest.approx((*flat.mean(axis=0), *flat.std(axis=0)), abs=1e-2)


def test_border_holds_the_corners_and_the_middles_of_the_edges():
    pixels = draw(3, 9, 11)
    rows, columns = (0, 0, 8, 8, 0, 8, 4, 4), (0, 10, 0, 10, 5, 5, 0, 10)
    assert facts_of(pixels).border == tuple(pixels[rows, columns].ravel().tolist())


def test_a_blurred_photo_has_a_smaller_blur_figure_at_any_size():
    generator = np.random.default_rng(0)
    sharp = Image.fromarray(generator.integers(0, 256, (300, 400, 3), dtype=np.uint8))
    blurred = sharp.filter(ImageFilter.GaussianBlur(3))
    assert facts_of(blurred).blur < facts_of(sharp).blur / 20
    assert facts_of(Image.new("RGB", (50, 50), "green")).blur == 0


def test_pixel_hash_sees_pixels_and_shape_alone():
    pixels = draw(7, 12, 12)
    assert facts_of(pixels, "PNG").pixel_hash == facts_of(pixels, "BMP").pixel_hash
    assert facts_of(pixels, "PNG").pixel_hash == hashlib.sha256(b"12x12" + pixels.tobytes()).hexdigest()[:16]
    flat = np.zeros((4, 9, 3), np.uint8)
    assert facts_of(flat).pixel_hash != facts_of(flat.reshape(9, 4, 3)).pixel_hash


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 700), (2, 2), (3, 1), (900, 2)])
def test_the_smallest_and_narrowest_photos_are_measured(height, width):
    facts = facts_of(draw(1, height, width))
    assert (facts.height, facts.width) == (height, width)
    assert np.isfinite([facts.brightness, facts.contrast, facts.blur, *facts.colour]).all()
