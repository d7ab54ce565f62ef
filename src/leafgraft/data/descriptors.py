"""Short descriptions of photos that stay nearly the same however one leaf is photographed.

Two parts: the spectrum of each ring of frequencies (blind to shift, turn and flip) and the colours relative to their
mean (blind to the gain of brightness). How much weight each number deserves is learned from the photos: some are
moved, turned, cropped and brightened as a second photo of the leaf would be, and directions in which those copies
scatter count for little (linear discriminant analysis).

Source: Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from leafgraft.data.alignment import sample
from leafgraft.data.spectrum import RADII, halve, log_polar_spectra
from leafgraft.data.thumbnails import COLOUR_SIDE, GREY_SIDE, Thumbnails

HARMONICS = 7
RINGS = 8
QUANTILES = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
LEARNED_FROM = 500  # copies; of few photos several each: fewer copies than numbers would say nothing of the scatter
DIMENSIONS = 24
CHUNK = 256

Layers = NDArray[np.float32]


def describe(thumbnails: Thumbnails) -> tuple[Layers, float]:
    """Describe all photos.

    Returns:
        Descriptions, shape (N, up to 24), in which copies of one photo scatter with variance 1 along every axis, and
        the distance within which 99.5% of such copies lie.
    """
    count = len(thumbnails.grey_nhw)
    raw = np.concatenate(
        [
            _measure(thumbnails.grey_nhw[start : start + CHUNK], thumbnails.colour_nhwc[start : start + CHUNK])
            for start in range(0, count, CHUNK)
        ]
    )
    rows = np.sort(np.resize(np.random.default_rng(0).permutation(count), LEARNED_FROM))
    copies = np.concatenate(
        [_measure(*_move(thumbnails, rows[start : start + CHUNK])) for start in range(0, len(rows), CHUNK)]
    )
    difference = copies - raw[rows]
    directions = _discriminants(raw, difference)
    reach = float(np.quantile(np.linalg.norm(difference @ directions, axis=1), 0.995))
    return np.asarray(raw @ directions, dtype=np.float32), reach


def _discriminants(raw: Layers, difference: Layers) -> Layers:
    """Directions of largest scatter between photos against scatter of copies, scaled to scatter of copies 1."""
    between = np.cov(raw, rowvar=False)
    within = (difference.T @ difference) / len(difference)
    ridge = 1e-3 * np.trace(within) / len(within) + 1e-9
    _, vectors = linalg.eigh(between, within + ridge * np.eye(len(within)))
    return np.asarray(vectors[:, ::-1][:, :DIMENSIONS], dtype=np.float32)


def _measure(grey_nhw: NDArray[np.uint8] | Layers, colour_nhwc: NDArray[np.uint8] | Layers) -> Layers:
    return np.concatenate([_ring_waves(halve(grey_nhw)), _relative_colours(colour_nhwc)], axis=1)


def _ring_waves(grey_nhw: Layers) -> Layers:
    """How the log spectrum varies around each ring, shape (N, 8 rings * 7 harmonics); phases are left out."""
    polar = log_polar_spectra(grey_nhw)
    rings = polar.reshape(len(polar), -1, RINGS, RADII // RINGS).mean(axis=3)
    waves = np.abs(np.fft.rfft(rings, axis=1))[:, :HARMONICS] / rings.shape[1]
    level = waves[:, :1].mean(axis=2, keepdims=True)  # the gain of brightness adds the same to every ring
    waves[:, :1] -= level
    return np.asarray(waves.reshape(len(polar), -1), dtype=np.float32)


def _relative_colours(colour_nhwc: NDArray[np.uint8] | Layers) -> Layers:
    """Quantiles of brightness, red and blue relative to the photo's own, shape (N, 21), and their means."""
    pixels = np.log(np.asarray(colour_nhwc, dtype=np.float32).reshape(len(colour_nhwc), -1, 3) + 8)
    bright = pixels[..., 1]
    parts = [bright - np.median(bright, axis=1, keepdims=True), pixels[..., 0] - bright, pixels[..., 2] - bright]
    return np.concatenate([np.quantile(part, QUANTILES, axis=1).T for part in parts], axis=1).astype(np.float32)


def _move(thumbnails: Thumbnails, rows: NDArray[np.int64]) -> tuple[Layers, Layers]:
    """A second photo of each leaf: shift to 10%, rotation to 15 degrees, crop to 10%, brightness by 20%."""
    generator = np.random.default_rng(1)
    count = len(rows)
    scale = 1 - generator.uniform(0, 0.1, count)
    turns = (scale * np.exp(1j * np.deg2rad(generator.uniform(-15, 15, count)))).astype(np.complex64)
    shifts = (generator.uniform(-0.1, 0.1, count) + 1j * generator.uniform(-0.1, 0.1, count)).astype(np.complex64)
    gain = generator.uniform(0.8, 1.2, count).astype(np.float32)[:, None, None]
    grey, _ = sample(thumbnails.grey_nhw[rows].astype(np.float32), turns, shifts)
    colour = np.stack(
        [sample(thumbnails.colour_nhwc[rows][..., band].astype(np.float32), turns, shifts)[0] for band in range(3)],
        axis=-1,
    )
    noise = generator.normal(0, 1.5, (count, GREY_SIDE, GREY_SIDE)).astype(np.float32)  # as re-compression leaves
    speckle = generator.normal(0, 0.5, (count, COLOUR_SIDE, COLOUR_SIDE, 3)).astype(np.float32)
    return np.clip(grey * gain + noise, 0, 255), np.clip(colour * gain[..., None] + speckle, 0, 255)
