"""Spectra of small grey photos in log-polar form: what stays of a photo when it is shifted, turned or scaled.

The magnitude of a photo's Fourier transform does not move when the photo is shifted. In log-polar coordinates a
rotation shifts it along the angle, a change of scale along the logarithm of the radius, and a flip reverses the angle.

Source: Reddy and Chatterji, An FFT-based technique for translation, rotation, and scale-invariant image registration,
IEEE Transactions on Image Processing 5 (1996).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

SIDE = 64
ANGLES = 96  # over half a turn: the magnitude of a real photo's spectrum is symmetric
RADII = 32
SMALLEST_RADIUS, LARGEST_RADIUS = 3.0, 30.0
LOG_STEP = float(np.log(LARGEST_RADIUS / SMALLEST_RADIUS) / (RADII - 1))

Layers = NDArray[np.float32]


def band_pass(grey_nhw: Layers, fine: float, coarse: float) -> Layers:
    """Difference of two Gaussians along both axes: what is larger than `fine` and smaller than `coarse` pixels."""
    small = ndimage.gaussian_filter(grey_nhw, (0, fine, fine), mode="nearest") if fine else grey_nhw
    return np.asarray(small - ndimage.gaussian_filter(grey_nhw, (0, coarse, coarse), mode="nearest", truncate=3.0))


def halve(grey_nhw: NDArray[np.uint8] | Layers) -> Layers:
    """Mean of each 2 by 2 pixels."""
    count, height, width = grey_nhw.shape
    tiles = np.asarray(grey_nhw, dtype=np.float32).reshape(count, height // 2, 2, width // 2, 2)
    return np.asarray(tiles.mean(axis=(2, 4)))


def log_polar_spectra(grey_nhw: Layers) -> Layers:
    """Logarithm of the spectrum's magnitude over angle and log radius.

    Args:
        grey_nhw: Grey photos, shape (N, 64, 64).

    Returns:
        Shape (N, 96 angles over half a turn, 32 radii); gain of brightness only adds a constant.
    """
    fine = band_pass(grey_nhw, 0.0, 8.0) * _window()
    magnitude = np.abs(fft.fftshift(fft.fft2(fine), axes=(1, 2))).astype(np.float32)
    logarithm = np.log(magnitude + 1e-3 * magnitude.mean(axis=(1, 2), keepdims=True) + 1e-6)
    rows, columns, shares = _places()
    flat = logarithm.reshape(len(grey_nhw), SIDE * SIDE)
    polar = sum(flat[:, rows[k] * SIDE + columns[k]] * shares[k] for k in range(4))
    return np.asarray(polar, dtype=np.float32).reshape(len(grey_nhw), ANGLES, RADII)


@cache
def _window() -> Layers:
    """Hann window, so that the edges of the photo leave no cross in its spectrum."""
    line = np.hanning(SIDE + 2)[1:-1]
    return np.asarray(np.outer(line, line), dtype=np.float32)


@cache
def _places() -> tuple[NDArray[np.int64], NDArray[np.int64], Layers]:
    """The 4 pixels around each place of the log-polar grid, and their shares by bilinear interpolation."""
    angle = np.arange(ANGLES)[:, None] * np.pi / ANGLES
    radius = SMALLEST_RADIUS * np.exp(np.arange(RADII)[None, :] * LOG_STEP)
    row, column = (SIDE // 2 + radius * np.sin(angle)).ravel(), (SIDE // 2 + radius * np.cos(angle)).ravel()
    top, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
    down, right = row - top, column - left
    rows = np.stack([top, top, top + 1, top + 1])
    columns = np.stack([left, left + 1, left, left + 1])
    shares = np.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right])
    return rows, columns, shares.astype(np.float32)
