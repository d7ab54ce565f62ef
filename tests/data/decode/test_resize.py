import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_photos import draw
from torchvision.transforms.v2 import functional as tv

from leafgraft.data.decode import resize as resize_module
from leafgraft.data.decode.resize import resize, resized_shape

SIZES = [
    *((37, 53), (53, 37), (64, 64), (65, 64), (64, 65), (63, 200), (201, 63), (100, 101), (333, 77), (77, 333)),
    *((256, 256), (480, 640), (641, 479), (719, 1281), (31, 31), (17, 40), (40, 17), (5, 9), (1, 3), (129, 128)),
]


def by_torchvision(photo_hwc, side):
    """Float, antialiased, unrounded; the shorter side to `side`, then the centre."""
    photo = torch.from_numpy(photo_hwc).permute(2, 0, 1).float()
    photo = tv.center_crop(tv.resize(photo, [side], antialias=True), [side, side])
    return photo.permute(1, 2, 0).numpy()


def unrounded(photo_hwc, side, monkeypatch):
    """Our own products before they are rounded to whole grey levels."""
    seen = []
    monkeypatch.setattr(
        resize_module.np, "rint", lambda values, out: seen.append(values.copy()) or np.round(values, out=out)
    )
    resize(photo_hwc, side)
    monkeypatch.undo()
    return seen[-1].reshape(side, side, 3).transpose(1, 0, 2)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_agrees_with_torchvision_to_a_hundredth_of_a_grey_level(height, width, monkeypatch):
    photo = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for side in (32, 64):
        expected = by_torchvision(photo, side)
        resized = resize(photo, side)
        assert resized.shape == (side, side, 3)
        assert resized.dtype == np.uint8
        if min(height, width) == side:
            np.testing.assert_array_equal(resized, expected)
        else:
            assert np.abs(unrounded(photo, side, monkeypatch) - expected).max() <= 0.01
            assert np.abs(resized - expected).max() <= 0.51


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.integers(1, 120))
def test_weights_sum_to_one_and_lie_under_a_triangle(size_in, size_out):
    start, inside = resize_module._weights(size_in, size_out, 0, size_out)
    weights = np.zeros((size_out, size_in), np.float32)
    weights[:, start : start + inside.shape[1]] = inside / 2**resize_module.WEIGHT_BITS
    assert inside.dtype == np.float32
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(weights, weights[::-1, ::-1], atol=1e-5)
    reach = max(size_in / size_out, 1.0)
    assert ((weights > 0).sum(axis=1) <= 2 * reach + 1).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(1, 64))
def test_shape_is_torchvisions(height, width, side):
    ours = resized_shape(height, width, side)
    theirs = tv.resize(torch.zeros(1, height, width), [side], antialias=True).shape[1:]
    assert ours == tuple(theirs)


def test_halves_are_rounded_to_even():
    photo = np.zeros((2, 2, 3), dtype=np.uint8)
    photo[:, 1] = (1, 3, 5)
    assert resize(photo, 1)[0, 0].tolist() == [0, 2, 2]


def test_an_even_colour_stays_as_it_is_at_any_size():
    for value in (0, 1, 127, 255):
        photo = np.full((37, 91, 3), value, dtype=np.uint8)
        assert (resize(photo, 50) == value).all()


@pytest.mark.parametrize(("height", "width"), [(1, 6000), (6000, 1), (2, 9000)])
def test_a_strip_is_resized_without_the_weights_of_what_is_cropped_away(height, width):
    photo = draw(1, height, width)
    resized = resize(photo, 64)
    assert resized.shape == (64, 64, 3)
    middle = photo[height // 2 - (height > 1) : height // 2 + 1, width // 2 - (width > 1) : width // 2 + 1]
    assert np.abs(resized.mean(axis=(0, 1)) - middle.mean(axis=(0, 1))).max() < 40


def test_the_photo_is_left_as_it_was_and_the_result_is_no_view_of_it():
    photo = draw(1, 64, 80)
    before = photo.copy()
    resized = resize(photo, 64)
    resized[:] = 0
    np.testing.assert_array_equal(photo, before)
