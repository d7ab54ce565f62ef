"""Lay one small grey photo over another, and say how much of their fine structure agrees.

A pair is aligned in three steps: rotation, scale and flip from the log-polar spectra, shift by cross-correlation, then
all of them together by Gauss-Newton on the pixels (inverse compositional). Places are complex numbers from the centre
of the photo, x to the right and y down, so that a similarity is ``z -> turn * z + shift``.

Source: Baker and Matthews, Lucas-Kanade 20 years on, International Journal of Computer Vision 56 (2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from leafgraft.data.spectrum import ANGLES, LOG_STEP, SIDE, band_pass, log_polar_spectra

SCALE_STEPS = 3  # radii by which spectra are moved: scales from 0.80 to 1.25
PEAKS = 3  # of the log-polar correlation, for each of flipped and not flipped
FARTHEST_SHIFT = SIDE // 4
ROUNDS_SMALL, ROUNDS_FULL = 10, 5
BLOCKS = 8  # along each side
STRONGEST = 0.3  # share of the overlap that is left out when structure is compared
ENERGY_WIDTH = 2.5  # pixels
LEAST_COUNTED = 0.5  # of a block
FAINTEST = 0.6  # grey levels: a block whose fine structure is weaker says nothing

Layers = NDArray[np.float32]
Places = NDArray[np.complex64]


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How M photos lie over M others.

    Attributes:
        flipped: Whether the second photo is mirrored left to right first.
        turns: Complex factor of each: its angle is the rotation, its size the scale.
        shifts: Complex shift of each as a share of the photo's side.
        score: How much structure agreed in the last step.
    """

    flipped: NDArray[np.bool_]
    turns: Places
    shifts: Places
    score: Layers

    def pick(self, rows: NDArray[np.int64]) -> Alignment:
        """Some of them."""
        return Alignment(self.flipped[rows], self.turns[rows], self.shifts[rows], self.score[rows])


def align_roughly(first_nhw: Layers, second_nhw: Layers) -> Alignment:
    """Find rotation, scale, flip and shift that lay each second photo over its first.

    Args:
        first_nhw: Grey photos, shape (M, 64, 64).
        second_nhw: As many others.

    Returns:
        The best of several tries for each; its score is the correlation of the band-passed photos.
    """
    count = len(first_nhw)
    flipped, turns = _turns(first_nhw, second_nhw)
    first = band_pass(first_nhw, 0.7, 5.0) * _soft_window()
    second = band_pass(second_nhw, 0.7, 5.0) * _soft_window()
    tries = turns.shape[1]
    mirrored = np.where(flipped[..., None, None], second[:, None, :, ::-1], second[:, None])
    mirrored = mirrored.reshape(count * tries, SIDE, SIDE)
    warped = _sample_nearest(mirrored, turns.ravel())
    steps, peak = _shifts(np.repeat(fft.rfft2(first), tries, axis=0), warped)
    norms = np.repeat(_norm(first), tries) * _norm(warped) + 1e-6
    score = (peak / norms).reshape(count, tries)
    best = score.argmax(axis=1)
    rows = np.arange(count)
    shifts = (steps.reshape(count, tries)[rows, best] / SIDE) * turns[rows, best]
    return Alignment(flipped[rows, best], turns[rows, best], shifts.astype(np.complex64), score[rows, best])


def refine_small(first_nhw: Layers, second_nhw: Layers, start: Alignment) -> Alignment:
    """Move each alignment until the photos agree best at 64 pixels.

    Args:
        first_nhw: Grey photos, shape (M, 64, 64).
        second_nhw: As many others.
        start: Where to begin.

    Returns:
        The alignment; its score is the correlation of the overlap.
    """
    mirrored = _mirror(second_nhw, start)
    return _descend(band_pass(first_nhw, 0.7, 6.0), band_pass(mirrored, 0.7, 6.0), start, ROUNDS_SMALL)


def refine_full(first_nhw: Layers, second_nhw: Layers, start: Alignment) -> Alignment:
    """The same at 128 pixels: both of shape (M, 128, 128)."""
    mirrored = _mirror(second_nhw, start)
    return _descend(band_pass(first_nhw, 1.0, 6.0), band_pass(mirrored, 1.0, 6.0), start, ROUNDS_FULL)


def block_agreement(
    first_nhw: Layers, second_nhw: Layers, found: Alignment, left_out: float = STRONGEST
) -> tuple[Layers, NDArray[np.bool_]]:
    """Correlation of fine structure in each of 8 by 8 blocks.

    The strongest structure of a photo is its outline, which two leaves may share; it is left out, and what is weaker
    must agree by itself.

    Args:
        first_nhw: Grey photos, shape (M, side, side).
        second_nhw: As many others.
        found: How they lie over each other.
        left_out: Share of the overlap, where structure is strongest, that does not count.

    Returns:
        Correlation of each block, shape (M, 64), and whether most of the block counts and has structure in both photos.
    """
    warped, counted = sample(_mirror(second_nhw, found), found.turns, found.shifts)
    one, other = band_pass(first_nhw, 0.8, 4.0), band_pass(warped, 0.8, 4.0)
    if left_out:
        counted = counted * _weak(one, other, counted, left_out)
    weight, one, other = _blocks(counted), _blocks(one), _blocks(other)
    size = weight.sum(axis=2, keepdims=True) + 1e-6
    one = weight * (one - (weight * one).sum(axis=2, keepdims=True) / size)
    other = weight * (other - (weight * other).sum(axis=2, keepdims=True) / size)
    power_one, power_other = (one**2).sum(axis=2) / size[..., 0], (other**2).sum(axis=2) / size[..., 0]
    agreement = (one * other).sum(axis=2) / size[..., 0] / np.sqrt(power_one * power_other + 1e-6)
    structured = (power_one > FAINTEST**2) & (power_other > FAINTEST**2)
    return agreement.astype(np.float32), structured & (weight.mean(axis=2) > LEAST_COUNTED)


def _weak(one: Layers, other: Layers, inside: Layers, left_out: float) -> NDArray[np.bool_]:
    """Where structure is not among the strongest of the overlap."""

    def energy(photos_nhw: Layers) -> Layers:
        local = ndimage.gaussian_filter(photos_nhw**2, (0, ENERGY_WIDTH, ENERGY_WIDTH))
        return np.asarray(local / (local.mean(axis=(1, 2), keepdims=True) + 1e-6))

    both = energy(one) + energy(other)
    limit = [
        np.quantile(row[lies > 0], 1 - left_out) if lies.any() else 0 for row, lies in zip(both, inside, strict=True)
    ]
    return np.asarray(both <= np.array(limit, dtype=np.float32).reshape(-1, 1, 1))


def sample(photos_nhw: Layers, turns: Places, shifts: Places) -> tuple[Layers, Layers]:
    """Each photo seen through its similarity, bilinear; edges are drawn out.

    Returns:
        The warped photos and where they lie inside the photo (0 or 1), both of the shape of `photos_nhw`.
    """
    count, side = len(photos_nhw), photos_nhw.shape[1]
    places = turns[:, None] * _grid(side)[None] + shifts[:, None] * side
    middle = (side - 1) / 2
    column, row = places.real + middle, places.imag + middle
    inside = ((column >= 0) & (column <= side - 1) & (row >= 0) & (row <= side - 1)).astype(np.float32)
    column, row = np.clip(column, 0, side - 1.001), np.clip(row, 0, side - 1.001)
    left, top = column.astype(np.int32), row.astype(np.int32)
    right, down = column - left, row - top
    flat = photos_nhw.reshape(-1)
    corner = top * side + left + (np.arange(count, dtype=np.int32) * side * side)[:, None]
    upper = flat[corner] * (1 - right) + flat[corner + 1] * right
    corner += side
    lower = flat[corner] * (1 - right) + flat[corner + 1] * right
    warped = upper * (1 - down) + lower * down
    return warped.reshape(photos_nhw.shape), inside.reshape(photos_nhw.shape)


def _turns(first_nhw: Layers, second_nhw: Layers) -> tuple[NDArray[np.bool_], Places]:
    """Most likely turns: for each pair 2 (flip) x PEAKS x 2 (the spectrum cannot tell half a turn), as (M, tries)."""
    both = log_polar_spectra(np.concatenate([first_nhw, second_nhw]))
    both = both - both.mean(axis=1, keepdims=True)
    waves = fft.rfft(both, axis=1)
    one, other = waves[: len(first_nhw)], waves[len(first_nhw) :]
    flips, turns = [], []
    for flipped in (False, True):
        peaks = _peaks(one, other.conj() if flipped else other)
        turns += [peaks, -peaks]
        flips.append(np.full((len(one), 2 * PEAKS), flipped))
    return np.concatenate(flips, axis=1), np.concatenate(turns, axis=1).astype(np.complex64)


def _peaks(one: NDArray[np.complex64], other: NDArray[np.complex64]) -> NDArray[np.complex128]:
    """Turns at the highest peaks of the log-polar correlation, shape (M, PEAKS)."""
    count, _, radii = one.shape
    products = []
    for step in range(-SCALE_STEPS, SCALE_STEPS + 1):
        low, high = max(0, -step), min(radii, radii - step)
        products.append(
            np.einsum("mar,mar->ma", one[:, :, low:high].conj(), other[:, :, low + step : high + step]) / (high - low)
        )
    correlation = fft.irfft(np.stack(products, axis=1), n=ANGLES, axis=2)
    highest = ndimage.maximum_filter(correlation, size=(1, 3, 5), mode=("nearest", "nearest", "wrap"))
    correlation = np.where(correlation == highest, correlation, -np.inf).reshape(
        count, correlation.shape[1] * correlation.shape[2]
    )
    order = np.argpartition(-correlation, PEAKS, axis=1)[:, :PEAKS]
    sizes = np.exp(-(order // ANGLES - SCALE_STEPS) * LOG_STEP)
    return np.asarray(sizes * np.exp(1j * (order % ANGLES) * np.pi / ANGLES))


def _shifts(first_waves: NDArray[np.complex64], warped: Layers) -> tuple[NDArray[np.complex64], Layers]:
    """Shift in pixels at the highest cross-correlation no farther than a quarter of the side, and its height."""
    correlation = fft.irfft2(first_waves.conj() * fft.rfft2(warped), s=(SIDE, SIDE))
    reach = FARTHEST_SHIFT
    near = np.roll(correlation, (reach, reach), axis=(1, 2))[:, : 2 * reach + 1, : 2 * reach + 1]
    flat = near.reshape(len(near), near.shape[1] * near.shape[2])
    at = flat.argmax(axis=1)
    row, column = at // (2 * reach + 1) - reach, at % (2 * reach + 1) - reach
    return (column + 1j * row).astype(np.complex64), flat[np.arange(len(flat)), at].astype(np.float32)


def _descend(first: Layers, second: Layers, start: Alignment, rounds: int) -> Alignment:
    """Inverse compositional Gauss-Newton over rotation, scale and shift, with the gain of brightness."""
    count, side = len(first), first.shape[1]
    down, right = np.gradient(first, axis=(1, 2))
    x, y = (_grid(side).real / side).reshape(side, side), (_grid(side).imag / side).reshape(side, side)
    slopes = np.stack([right * x + down * y, down * x - right * y, right, down], axis=1).reshape(count, 4, side * side)
    slopes = slopes * np.float32(side)
    target = first.reshape(count, side * side)
    turns, shifts = start.turns.copy(), start.shifts.copy()
    for _ in range(rounds):
        warped, inside = sample(second, turns, shifts)
        warped, weight = warped.reshape(count, side * side), inside.reshape(count, side * side)
        gain = (weight * warped * target).sum(axis=1) / ((weight * warped**2).sum(axis=1) + 1e-3)
        error = weight * (np.clip(gain, 0.3, 3.0)[:, None] * warped - target)
        weighted = slopes * weight[:, None]
        curvature = weighted @ slopes.transpose(0, 2, 1) + 1e-2 * np.eye(4, dtype=np.float32)
        step = np.linalg.solve(curvature, (slopes @ error[..., None]))[..., 0]
        step = np.clip(step, -0.05, 0.05)
        turn, shift = 1 + step[:, 0] + 1j * step[:, 1], step[:, 2] + 1j * step[:, 3]
        shifts = (shifts - turns * shift / turn).astype(np.complex64)
        turns = (turns / turn).astype(np.complex64)
    warped, inside = sample(second, turns, shifts)
    power = np.sqrt((inside * warped**2).sum(axis=(1, 2)) * (inside * first**2).sum(axis=(1, 2))) + 1e-6
    score = (inside * warped * first).sum(axis=(1, 2)) / power
    return Alignment(start.flipped, turns, shifts, score.astype(np.float32))


def _mirror(photos_nhw: Layers, found: Alignment) -> Layers:
    return np.where(found.flipped[:, None, None], photos_nhw[:, :, ::-1], photos_nhw)


def _blocks(photos_nhw: Layers) -> Layers:
    count, side = len(photos_nhw), photos_nhw.shape[1]
    tiles = photos_nhw.reshape(count, BLOCKS, side // BLOCKS, BLOCKS, side // BLOCKS).transpose(0, 1, 3, 2, 4)
    return tiles.reshape(count, BLOCKS**2, (side // BLOCKS) ** 2)


def _sample_nearest(photos_nhw: Layers, turns: Places) -> Layers:
    places = turns[:, None] * _grid(SIDE)[None] + np.complex64((SIDE - 1) / 2 * (1 + 1j))
    column, row = np.rint(places.real).astype(np.int32), np.rint(places.imag).astype(np.int32)
    inside = (column >= 0) & (column < SIDE) & (row >= 0) & (row < SIDE)
    start = (np.arange(len(photos_nhw), dtype=np.int32) * SIDE * SIDE)[:, None]
    pixels = photos_nhw.reshape(-1)[np.where(inside, row * SIDE + column, 0) + start]
    return np.asarray(np.where(inside, pixels, 0), dtype=np.float32).reshape(photos_nhw.shape)


def _grid(side: int) -> Places:
    """Places of all pixels from the centre, shape (side * side)."""
    line = np.arange(side, dtype=np.float32) - (side - 1) / 2
    return np.asarray((line[None, :] + 1j * line[:, None]).ravel(), dtype=np.complex64)


def _soft_window() -> Layers:
    """Flat in the middle, down to 0 over the outer eighth."""
    line = np.clip((np.minimum(np.arange(SIDE), np.arange(SIDE)[::-1]) + 0.5) / (SIDE / 8), 0, 1)
    return np.asarray(np.outer(line, line), dtype=np.float32)


def _norm(photos_nhw: Layers) -> Layers:
    return np.asarray(np.sqrt((photos_nhw**2).sum(axis=(1, 2))))
