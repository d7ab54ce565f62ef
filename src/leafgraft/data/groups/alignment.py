"""Lay one small grey photo over another.

A pair is aligned in three steps: rotation, scale and flip from the log-polar spectra, shift by cross-correlation, then
all of them together, with a little stretch and shear, by Gauss-Newton on the evened structure (inverse compositional).
Places are complex numbers from the centre of the photo, x to the right and y down, so that every affine map is
``z -> turn * z + skew * conj(z) + shift``, and a similarity one without skew.

Source: Baker and Matthews, Lucas-Kanade 20 years on, International Journal of Computer Vision 56 (2004).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from leafgraft.data.groups.spectrum import ANGLES, LOG_STEP, SCALE_STEPS, SIDE, Layers, Prepared, correlations, halve

PEAKS = 3  # of the log-polar correlation, for each of flipped and not flipped
LEAST_SPECTRA = 0.38  # correlation of two spectra at their best turn; of one leaf, twice, 0.40 and more (4,800 pairs)
TRIED = 3  # of the turns that the spectra propose: the best at half the side
LEAST_COARSE = 0.45  # correlation at half the side; of one leaf, twice, 0.51 and more (1,100 pairs)
FARTHEST_SHIFT = 0.25  # of the side
ROUNDS = 8
LARGEST_STEP = 0.05  # of the side, or of the turn, in one round

Places = NDArray[np.complex64]


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How M photos lie over M others.

    Attributes:
        flipped: Whether the second photo is mirrored left to right first.
        turns: Complex factor of each: its angle is the rotation, its size the scale.
        skews: Complex factor of the mirrored place: stretch and shear; 0 for a similarity.
        shifts: Complex shift of each as a share of the photo's side.
        score: Correlation of the evened structure where both photos lie.
    """

    flipped: NDArray[np.bool_]
    turns: Places
    skews: Places
    shifts: Places
    score: Layers

    def pick(self, rows: NDArray[np.int64]) -> Alignment:
        """Some of them."""
        return Alignment(self.flipped[rows], self.turns[rows], self.skews[rows], self.shifts[rows], self.score[rows])


def align_roughly(first: Prepared, second: Prepared) -> Alignment:
    """Find rotation, scale, flip and shift that lay each second photo over its first.

    Args:
        first: M photos.
        second: As many others.

    Returns:
        The best of several tries for each; unshifted, with the score at half the side, where that is below 0.45, and
        with score 0 where even the spectra disagree.
    """
    flipped, turns, agreement = _turns(first, second)
    shifts, score = np.zeros(len(turns), np.complex64), np.zeros(len(turns), np.float32)
    found = Alignment(flipped[:, 0].copy(), turns[:, 0].copy(), np.zeros_like(shifts), shifts, score)
    rows = np.flatnonzero(agreement >= LEAST_SPECTRA)
    flipped, turns = flipped[rows], turns[rows]
    one, other = first.evened_nhw[rows] * _soft_window(SIDE), second.evened_nhw[rows] * _soft_window(SIDE)
    coarse, _ = _try(halve(one), halve(other), flipped, turns)
    likeliest = np.argsort(-coarse, axis=1)[:, :TRIED]
    flipped, turns = np.take_along_axis(flipped, likeliest, axis=1), np.take_along_axis(turns, likeliest, axis=1)
    found.flipped[rows], found.turns[rows] = flipped[:, 0], turns[:, 0]
    found.score[rows] = coarse.max(axis=1, initial=0)
    good = np.flatnonzero(found.score[rows] >= LEAST_COARSE)
    rows, flipped, turns = rows[good], flipped[good], turns[good]
    score, shifts = _try(one[good], other[good], flipped, turns)
    best, each = score.argmax(axis=1), np.arange(len(rows))
    found.flipped[rows], found.turns[rows] = flipped[each, best], turns[each, best]
    found.shifts[rows] = shifts[each, best] * found.turns[rows]
    found.score[rows] = score[each, best]
    return found


def refine(first_nhw: Layers, second_nhw: Layers, start: Alignment, rounds: int = ROUNDS) -> Alignment:
    """Move each alignment until the photos agree best: inverse compositional Gauss-Newton over all six numbers.

    Args:
        first_nhw: Evened structure, shape (M, side, side).
        second_nhw: Of as many others.
        start: Where to begin.
        rounds: Steps.

    Returns:
        The alignment; its score is the correlation of the overlap.
    """
    count, side = len(first_nhw), first_nhw.shape[1]
    mirrored = mirror(second_nhw, start.flipped)
    slopes = _slopes(first_nhw)
    target = first_nhw.reshape(count, side * side)
    found = start
    for _ in range(rounds):
        warped, inside = (of.reshape(count, side * side) for of in sample(mirrored, found))
        error = inside * (warped - target)
        curvature = (slopes * inside[:, None]) @ slopes.transpose(0, 2, 1) + 1e-2 * np.eye(6, dtype=np.float32)
        step = np.linalg.solve(curvature, slopes @ error[..., None])[..., 0]
        found = _undo(found, np.clip(step, -LARGEST_STEP, LARGEST_STEP))
    warped, inside = sample(mirrored, found)
    power = np.sqrt((inside * warped**2).sum(axis=(1, 2)) * (inside * first_nhw**2).sum(axis=(1, 2))) + 1e-6
    score = (inside * warped * first_nhw).sum(axis=(1, 2)) / power
    return replace(found, score=score.astype(np.float32))


def sample(photos_nhw: Layers, found: Alignment) -> tuple[Layers, Layers]:
    """Each photo, already mirrored where it must be, seen through its affine map, bilinear; edges are drawn out.

    Returns:
        The warped photos and where they lie inside the photo (0 or 1), both of the shape of `photos_nhw`.
    """
    count, side = len(photos_nhw), photos_nhw.shape[1]
    grid = _grid(side)[None]
    places = found.turns[:, None] * grid + found.skews[:, None] * grid.conj() + found.shifts[:, None] * side
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
    return np.asarray(warped, dtype=np.float32).reshape(photos_nhw.shape), inside.reshape(photos_nhw.shape)


def mirror(photos_nhw: Layers, flipped: NDArray[np.bool_]) -> Layers:
    """Mirror some of the photos left to right."""
    return np.where(flipped[:, None, None], photos_nhw[:, :, ::-1], photos_nhw)


def _turns(first: Prepared, second: Prepared) -> tuple[NDArray[np.bool_], Places, Layers]:
    """Most likely turns: for each pair 2 (flip) x PEAKS x 2 (the spectrum cannot tell half a turn), as (M, tries).

    Returns:
        Whether flipped, the turns, and the correlation of the two spectra at the best of them, shape (M,).
    """
    flips, turns, agreements = [], [], []
    for flipped in (False, True):
        correlation = correlations(first, replace(second, waves=second.waves.conj()) if flipped else second)
        peaks = _peaks(correlation)
        turns += [peaks, -peaks]
        flips.append(np.full((len(peaks), 2 * PEAKS), flipped))
        agreements.append(correlation.max(axis=(1, 2)))
    return np.concatenate(flips, axis=1), np.concatenate(turns, axis=1).astype(np.complex64), np.maximum(*agreements)


def _peaks(correlation: Layers) -> NDArray[np.complex128]:
    """Turns at the highest peaks, shape (M, PEAKS)."""
    highest = ndimage.maximum_filter(correlation, size=(1, 3, 5), mode=("nearest", "nearest", "wrap"))
    correlation = np.where(correlation == highest, correlation, -np.inf)
    correlation = correlation.reshape(len(correlation), correlation.shape[1] * correlation.shape[2])
    order = np.argpartition(-correlation, PEAKS, axis=1)[:, :PEAKS]
    sizes = np.exp(-(order // ANGLES - SCALE_STEPS) * LOG_STEP)
    return np.asarray(sizes * np.exp(1j * (order % ANGLES) * np.pi / ANGLES))


def _try(first: Layers, second: Layers, flipped: NDArray[np.bool_], turns: Places) -> tuple[Layers, Places]:
    """Turn each second photo in several ways and shift it: height of the highest correlation, and the shift there.

    Args:
        first: Shape (M, side, side).
        second: As many others.
        flipped: Shape (M, tries).
        turns: Shape (M, tries).

    Returns:
        Correlation and shift as a share of the side, both of shape (M, tries).
    """
    count, side = len(first), first.shape[1]
    tries = turns.shape[1]
    both = np.stack([second, second[:, :, ::-1]], axis=1).reshape(2 * count, side, side)
    warped = _sample_nearest(both, (2 * np.arange(count)[:, None] + flipped).ravel(), turns.ravel())
    waves = fft.rfft2(warped).reshape(count, tries, side, side // 2 + 1)
    correlation = fft.irfft2(fft.rfft2(first).conj()[:, None] * waves, s=(side, side))
    reach = round(FARTHEST_SHIFT * side)
    near = np.roll(correlation, (reach, reach), axis=(2, 3))[:, :, : 2 * reach + 1, : 2 * reach + 1]
    flat = near.reshape(count, tries, (2 * reach + 1) ** 2)
    at = flat.argmax(axis=2)
    peak = np.take_along_axis(flat, at[..., None], axis=2)[..., 0]
    score = peak / (_norm(first)[:, None] * _norm(warped).reshape(count, tries) + 1e-6)
    row, column = at // (2 * reach + 1) - reach, at % (2 * reach + 1) - reach
    return score.astype(np.float32), ((column + 1j * row) / side).astype(np.complex64)


def _slopes(first_nhw: Layers) -> Layers:
    """How each pixel changes with the six numbers of an affine map, shape (M, 6, pixels)."""
    count, side = len(first_nhw), first_nhw.shape[1]
    down, right = np.gradient(first_nhw, axis=(1, 2))
    x, y = (_grid(side).real / side).reshape(side, side), (_grid(side).imag / side).reshape(side, side)
    parts = [
        right * x + down * y,
        down * x - right * y,
        right,
        down,
        right * x - down * y,
        right * y + down * x,
    ]
    return np.asarray(np.stack(parts, axis=1).reshape(count, 6, side * side) * side, dtype=np.float32)


def _undo(found: Alignment, step: Layers) -> Alignment:
    """Follow an alignment by the inverse of the small map ``z -> (1 + step) z + step conj(z) + step``."""
    turn, shift = 1 + step[:, 0] + 1j * step[:, 1], step[:, 2] + 1j * step[:, 3]
    skew = step[:, 4] + 1j * step[:, 5]
    size = np.abs(turn) ** 2 - np.abs(skew) ** 2
    turns = (found.turns * turn.conj() - found.skews * skew.conj()) / size
    skews = (found.skews * turn - found.turns * skew) / size
    shifts = found.shifts - turns * shift - skews * shift.conj()
    return replace(
        found,
        turns=turns.astype(np.complex64),
        skews=skews.astype(np.complex64),
        shifts=shifts.astype(np.complex64),
    )


def _sample_nearest(photos_nhw: Layers, rows: NDArray[np.int64], turns: Places) -> Layers:
    """Photos of some rows, each turned about its centre; 0 outside."""
    side = photos_nhw.shape[1]
    places = turns[:, None] * _grid(side)[None] + np.complex64((side - 1) / 2 * (1 + 1j))
    column, row = np.rint(places.real).astype(np.int32), np.rint(places.imag).astype(np.int32)
    inside = (column >= 0) & (column < side) & (row >= 0) & (row < side)
    start = (rows.astype(np.int32) * side * side)[:, None]
    pixels = photos_nhw.reshape(-1)[np.where(inside, row * side + column, 0) + start]
    return np.asarray(np.where(inside, pixels, 0), dtype=np.float32).reshape(len(rows), side, side)


@cache
def _grid(side: int) -> Places:
    """Places of all pixels from the centre, shape (side * side)."""
    line = np.arange(side, dtype=np.float32) - (side - 1) / 2
    return np.asarray((line[None, :] + 1j * line[:, None]).ravel(), dtype=np.complex64)


@cache
def _soft_window(side: int) -> Layers:
    """Flat in the middle, down to 0 over the outer eighth."""
    line = np.clip((np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5) / (side / 8), 0, 1)
    return np.asarray(np.outer(line, line), dtype=np.float32)


def _norm(photos_nhw: Layers) -> Layers:
    return np.asarray(np.sqrt((photos_nhw**2).sum(axis=(1, 2))))
