"""Fine structure of small grey photos, and its spectra in log-polar form.

Structure is evened out first: what stands out weakly from its surroundings counts as much as what stands out strongly,
down to the noise. So the outline of a leaf, the edge of a black corner or a shadow do not drown veins and spots.

The magnitude of a photo's Fourier transform does not move when the photo is shifted. In log-polar coordinates a
rotation shifts it along the angle, a change of scale along the logarithm of the radius, and a flip reverses the angle.

Source: Reddy and Chatterji, An FFT-based technique for translation, rotation, and scale-invariant image registration,
IEEE Transactions on Image Processing 5 (1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

SIDE = 64
ANGLES = 96  # over half a turn: the magnitude of a real photo's spectrum is symmetric
RADII = 32
SMALLEST_RADIUS, LARGEST_RADIUS = 3.0, 30.0
SCALE_STEPS = 3  # radii by which spectra are moved: scales from 0.80 to 1.25
LOG_STEP = float(np.log(LARGEST_RADIUS / SMALLEST_RADIUS) / (RADII - 1))
NOISE = 1.5  # grey levels: what re-compression leaves; weaker structure stays weak
SURROUNDINGS = 5.0  # pixels, width of the Gaussian that measures how strong structure is around a place

Layers = NDArray[np.float32]
Waves = NDArray[np.complex64]


def band_pass(grey_nhw: Layers, fine: float, coarse: float) -> Layers:
    """Difference of two Gaussians along both axes: what is larger than `fine` and smaller than `coarse` pixels."""
    small = ndimage.gaussian_filter(grey_nhw, (0, fine, fine), mode="nearest") if fine else grey_nhw
    return np.asarray(small - ndimage.gaussian_filter(grey_nhw, (0, coarse, coarse), mode="nearest", truncate=3.0))


def strength(fine_nhw: Layers, width: float = SURROUNDINGS) -> Layers:
    """Mean square of fine structure around each place."""
    return np.asarray(ndimage.gaussian_filter(fine_nhw**2, (0, width, width), mode="nearest", truncate=3.0))


def even_out(grey_nhw: NDArray[np.uint8] | Layers, fine: float = 0.7, coarse: float = 5.0) -> Layers:
    """Fine structure relative to how strong it is around: shape (N, side, side), mostly from -2 to 2."""
    structure = band_pass(np.asarray(grey_nhw, dtype=np.float32), fine, coarse)
    return np.asarray(structure / np.sqrt(strength(structure) + NOISE**2), dtype=np.float32)


def halve(grey_nhw: NDArray[np.uint8] | Layers) -> Layers:
    """Mean of each 2 by 2 pixels."""
    whole = np.asarray(grey_nhw, dtype=np.float32)
    total = whole[:, ::2, ::2] + whole[:, 1::2, ::2] + whole[:, ::2, 1::2] + whole[:, 1::2, 1::2]
    return np.asarray(total / 4, dtype=np.float32)


def log_polar_spectra(evened_nhw: Layers) -> Layers:
    """Logarithm of the spectrum's magnitude over angle and log radius.

    Args:
        evened_nhw: Evened structure of photos, shape (N, 64, 64).

    Returns:
        Shape (N, 96 angles over half a turn, 32 radii).
    """
    magnitude = np.abs(fft.fft2(evened_nhw * _window())).reshape(len(evened_nhw), SIDE * SIDE)
    logarithm = np.log(magnitude + 0.1 * magnitude.mean(axis=1, keepdims=True) + 1e-6)
    at, shares = _places()
    polar = sum(logarithm[:, at[k]] * shares[k] for k in range(4))
    return np.asarray(polar, dtype=np.float32).reshape(len(evened_nhw), ANGLES, RADII)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What alignment needs of N photos, computed once for all pairs of a photo.

    Attributes:
        evened_nhw: Evened structure, shape (N, 64, 64).
        waves: Angular waves of its log-polar spectrum, shape (N, 49, radii).
        power: Sum of squares of the spectrum at each radius, shape (N, radii).
    """

    evened_nhw: Layers
    waves: Waves
    power: Layers

    def pick(self, rows: NDArray[np.int64]) -> Prepared:
        """Some of them."""
        return Prepared(self.evened_nhw[rows], self.waves[rows], self.power[rows])

    @classmethod
    def join(cls, parts: Sequence[Prepared]) -> Prepared:
        """All photos of some parts, in their order."""
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))


def prepare(grey_nhw: NDArray[np.uint8] | Layers) -> Prepared:
    """Even out photos of 128 pixels at half their side, and take their spectra."""
    evened = even_out(halve(grey_nhw))
    polar = log_polar_spectra(evened)
    polar -= polar.mean(axis=1, keepdims=True)
    waves = np.asarray(fft.rfft(polar, axis=1), dtype=np.complex64)
    return Prepared(evened, waves, np.asarray((polar**2).sum(axis=1), dtype=np.float32))


def correlations(first: Prepared, second: Prepared) -> Layers:
    """Correlation of the spectra for every step of scale and every turn, shape (M, steps, angles)."""
    products = []
    radii = first.power.shape[1]
    for step in range(-SCALE_STEPS, SCALE_STEPS + 1):
        low, high = max(0, -step), min(radii, radii - step)
        near, far = slice(low, high), slice(low + step, high + step)
        product = np.einsum("mar,mar->ma", first.waves[:, :, near].conj(), second.waves[:, :, far])
        norm = np.sqrt(first.power[:, near].sum(axis=1) * second.power[:, far].sum(axis=1)) + 1e-6
        products.append(product / norm[:, None])
    return np.asarray(fft.irfft(np.stack(products, axis=1), n=ANGLES, axis=2))


@cache
def _window() -> Layers:
    """Hann window, so that the edges of the photo leave no cross in its spectrum."""
    line = np.hanning(SIDE + 2)[1:-1]
    return np.asarray(np.outer(line, line), dtype=np.float32)


@cache
def _places() -> tuple[NDArray[np.int64], Layers]:
    """The 4 frequencies around each place of the log-polar grid, and their shares by bilinear interpolation."""
    angle = np.arange(ANGLES)[:, None] * np.pi / ANGLES
    radius = SMALLEST_RADIUS * np.exp(np.arange(RADII)[None, :] * LOG_STEP)
    row, column = (radius * np.sin(angle)).ravel(), (radius * np.cos(angle)).ravel()
    top, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
    down, right = row - top, column - left
    rows = np.stack([top, top, top + 1, top + 1]) % SIDE
    columns = np.stack([left, left + 1, left, left + 1]) % SIDE
    shares = np.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right])
    return rows * SIDE + columns, shares.astype(np.float32)
