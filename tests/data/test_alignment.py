import io

import numpy as np
import pytest
from PIL import Image

from leafgraft.data.alignment import align_roughly, block_agreement, refine_full, refine_small, sample
from leafgraft.data.drawing import CLASSES, draw_leaf
from leafgraft.data.faults import same_leaf
from leafgraft.data.spectrum import band_pass, halve, log_polar_spectra
from leafgraft.data.thumbnails import shrink


def grey(photo):
    return shrink(photo)[0].astype(np.float32)


def drawn(count, first=0):
    return [draw_leaf(CLASSES[i % 3], 96, np.random.default_rng([5, first + i])) for i in range(count)]


def align(first, second):
    small_first, small_second = halve(first), halve(second)
    found = refine_small(small_first, small_second, align_roughly(small_first, small_second))
    return refine_full(first, second, found)


def medians(first, second):
    agreement, counts = block_agreement(first, second, align(first, second))
    return np.array([np.median(row[counted]) for row, counted in zip(agreement, counts, strict=True)])


def moved(photos_nhw, turn, shift, *, flip=False):
    source = photos_nhw[:, :, ::-1] if flip else photos_nhw
    count = len(photos_nhw)
    return sample(
        np.ascontiguousarray(source), np.full(count, turn, np.complex64), np.full(count, shift, np.complex64)
    )[0]


@pytest.mark.parametrize("degrees", [-15, -7, 0, 10, 90, 180, 275])
@pytest.mark.parametrize("flip", [False, True])
def test_a_known_pose_is_found(degrees, flip):
    first = np.stack([grey(photo) for photo in drawn(3)])
    turn, shift = 0.95 * np.exp(1j * np.deg2rad(degrees)), 0.05 - 0.04j
    second = moved(first, turn, shift, flip=flip)
    found = align(first, second)
    assert (found.flipped == flip).all()
    # second(w) = first(turn * w + shift), mirrored or not; laying it back needs the inverse
    expected = np.conj(1 / turn) if flip else 1 / turn
    assert np.abs(found.turns - expected).max() < 0.02
    assert found.score.min() > 0.95


def test_second_photos_agree_and_other_leaves_do_not():
    generator = np.random.default_rng(0)
    photos = drawn(24)
    first = np.stack([grey(photo) for photo in photos])
    seconds = [np.asarray(Image.open(io.BytesIO(same_leaf(photo, generator)))) for photo in photos]
    second = np.stack([grey(photo) for photo in seconds])
    assert medians(first, second).min() > 0.8
    assert medians(first, np.roll(second, 1, axis=0)).max() < 0.6


def test_two_leaves_of_one_outline_do_not_agree():
    side = 128
    row, column = np.mgrid[0:side, 0:side] / side - 0.5
    leaf = (row / 0.42) ** 2 + (column / 0.28) ** 2 < 1
    photos = []
    for seed in (0, 1):
        texture = band_pass(np.random.default_rng(seed).normal(0, 60, (1, side, side)).astype(np.float32), 1.5, 6.0)[0]
        photos.append(np.where(leaf, 90 + texture, 210).astype(np.float32))
    first, second = photos[0][None], photos[1][None]
    assert medians(first, second).max() < 0.4
    assert medians(first, first * 0.8 + 10).min() > 0.95


def test_spectrum_does_not_move_with_the_photo():
    small = halve(np.stack([grey(photo) for photo in drawn(2)]))
    centred = np.full_like(small, 128)
    centred[:, 16:48, 16:48] = small[:, ::2, ::2]
    shifted = np.roll(centred, (3, -4), axis=(1, 2))
    one, other = log_polar_spectra(centred), log_polar_spectra(shifted)
    turned = log_polar_spectra(np.rot90(centred, axes=(1, 2)))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9
    assert np.corrcoef(one.ravel(), np.roll(turned, 48, axis=1).ravel())[0, 1] > 0.9


def test_brightness_only_adds_a_constant_to_the_spectrum():
    small = halve(np.stack([grey(photo) for photo in drawn(1)]))
    difference = log_polar_spectra(0.8 * small) - log_polar_spectra(small)
    assert np.allclose(difference, np.log(0.8), atol=1e-3)


def test_blank_photos_give_finite_scores_and_no_counted_block():
    blank = np.full((2, 128, 128), 77, dtype=np.float32)
    found = align(blank, blank)
    agreement, counts = block_agreement(blank, blank, found)
    assert np.isfinite(found.score).all()
    assert np.isfinite(agreement).all()
    assert not counts.any()


def test_no_pairs_at_all():
    none = np.empty((0, 64, 64), dtype=np.float32)
    assert len(refine_small(none, none, align_roughly(none, none)).score) == 0
