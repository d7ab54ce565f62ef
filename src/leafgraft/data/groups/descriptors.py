"""Short descriptions of photos that stay nearly the same however one leaf is photographed.

Two parts: the spectrum of each ring of frequencies of the evened structure (blind to shift, turn and flip) and the
colours relative to their mean (blind to the gain of brightness). How much weight each number deserves is learned from
the photos: some are moved, turned, cropped, stretched and brightened as a second photo of the leaf would be, with edges
drawn out or filled, and directions in which those copies scatter count for little (linear discriminant analysis).

Source: Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from leafgraft.data.decode.thumbnails import LUMA, Thumbnails
from leafgraft.data.groups.alignment import Alignment, sample
from leafgraft.data.groups.spectrum import RADII, Layers, even_out, halve, log_polar_spectra
from leafgraft.records.digest import short_digest
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.cache.kept_rows import KeptRows, Work

VERSION = "descriptions-1"  # of how photos are measured: others are measured anew
HARMONICS = 9
RINGS = 8
QUANTILES = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
MEASUREMENTS = RINGS * HARMONICS + 3 * len(QUANTILES)
COPIES_EACH = 3
FEWEST_COPIES, MOST_COPIES = 300, 1000  # fewer copies than numbers would say nothing of their scatter
DIMENSIONS = 24
CHUNK, COPIES_AT_ONCE, MEASURED_AT_ONCE = 256, 64, 4096


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """How photos are described.

    Attributes:
        directions: Weights of what is measured, shape (93 measurements, 24), in which copies of one photo scatter
            with variance 1 along every axis.
        reach: Distance within which 99.5% of such copies lie.
    """

    directions: Layers
    reach: float

    def of(self, measured: Layers) -> Layers:
        """Describe N measured photos: shape (N, 24)."""
        return np.asarray(measured @ self.directions, dtype=np.float32)


def kept_measurements(
    photo_ids: Sequence[str], thumbnails: Thumbnails, cache: CacheFolder, progress: Progress, jobs: int = 0
) -> Layers:
    """What is measured of N photos, shape (N, 93), taken up from the cache as far as it was measured before.

    Args:
        photo_ids: Ids of the photos.
        thumbnails: Thumbnails of the same photos.
        cache: Where measurements are kept.
        progress: Shows how far it is.
        jobs: Threads; 0 takes every core.
    """
    work = Work("Describe photos", lambda rows: measure_all(thumbnails, jobs, rows), MEASURED_AT_ONCE)
    kept = KeptRows(cache, "thumbnails", VERSION, photo_ids, (MEASUREMENTS,), np.float32)
    return kept.read(np.arange(len(photo_ids)), work, progress).array


def kept_description(
    photo_ids: Sequence[str],
    thumbnails: Thumbnails,
    measured: Layers,
    cache: CacheFolder,
    progress: Progress,
    jobs: int = 0,
) -> Description:
    """How photos like these are described, taken up from the cache where it was learned before; see `learn`.

    Args:
        photo_ids: Ids of N photos.
        thumbnails: Thumbnails of the same photos.
        measured: Measurements of the same photos, shape (N, 93).
        cache: Where it is kept.
        progress: Shows how far it is.
        jobs: Threads; 0 takes every core.
    """

    def row(_rows: NDArray[np.int64]) -> Layers:
        learned = learn(thumbnails, measured, jobs)
        return np.append(learned.directions, np.float32(learned.reach))[None]

    what, width = f"{VERSION}, learned", MEASUREMENTS * DIMENSIONS
    kept = KeptRows(cache, "thumbnails", what, [short_digest(json.dumps([*photo_ids]), 24)], (width + 1,), np.float32)
    numbers = kept.read(np.arange(1), Work("Learn to describe photos", row), progress).array[0]
    return Description(np.array(numbers[:width]).reshape(MEASUREMENTS, DIMENSIONS), float(numbers[width]))


def measure_all(thumbnails: Thumbnails, jobs: int = 0, wanted: NDArray[np.int64] | None = None) -> Layers:
    """Measure photos, shape (N, 93), on so many threads, where 0 takes every core; all of them, or those wanted."""
    rows = np.arange(len(thumbnails.grey_nhw)) if wanted is None else wanted
    chunks = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
    with ThreadPoolExecutor(jobs or os.cpu_count()) as threads:
        parts = threads.map(lambda few: _measure(thumbnails.grey_nhw[few], _few_colours(thumbnails, few)), chunks)
        return np.concatenate(list(parts))


def learn(thumbnails: Thumbnails, measured: Layers, jobs: int = 0) -> Description:
    """Learn what tells photos apart and stays the same between two photos of one leaf.

    Args:
        thumbnails: Thumbnails of N photos.
        measured: Measurements of the same photos, shape (N, measurements).
        jobs: Threads; 0 takes every core.
    """
    copied = int(np.clip(COPIES_EACH * len(measured), FEWEST_COPIES, MOST_COPIES))
    rows = np.sort(np.resize(np.random.default_rng(0).permutation(len(measured)), copied))

    def measure_copies(start: int) -> Layers:
        return _measure(*_move(thumbnails, rows[start : start + COPIES_AT_ONCE], np.random.default_rng((1, start))))

    with ThreadPoolExecutor(jobs or os.cpu_count()) as threads:
        copies = list(threads.map(measure_copies, range(0, len(rows), COPIES_AT_ONCE)))
    difference = np.concatenate(copies) - measured[rows]
    directions = _discriminants(measured, difference)
    return Description(directions, float(np.quantile(np.linalg.norm(difference @ directions, axis=1), 0.995)))


def _discriminants(measured: Layers, difference: Layers) -> Layers:
    """Directions of largest scatter between photos against scatter of copies, scaled to scatter of copies 1."""
    between = np.cov(measured, rowvar=False)
    within = (difference.T @ difference) / len(difference)
    ridge = 1e-3 * np.trace(within) / len(within) + 1e-9
    _, vectors = linalg.eigh(between, within + ridge * np.eye(len(within)))
    return np.asarray(vectors[:, ::-1][:, :DIMENSIONS], dtype=np.float32)


def _measure(grey_nhw: NDArray[np.uint8] | Layers, colour_nhwc: Layers) -> Layers:
    return np.concatenate([_ring_waves(even_out(halve(grey_nhw))), _relative_colours(colour_nhwc)], axis=1)


def _ring_waves(evened_nhw: Layers) -> Layers:
    """How the log spectrum varies around each ring, shape (N, 8 rings * 9 harmonics); phases are left out."""
    polar = log_polar_spectra(evened_nhw)
    rings = polar.reshape(len(polar), -1, RINGS, RADII // RINGS).mean(axis=3)
    waves = np.abs(np.fft.rfft(rings, axis=1))[:, :HARMONICS] / rings.shape[1]
    return np.asarray(waves.reshape(len(polar), -1), dtype=np.float32)


def _few_colours(thumbnails: Thumbnails, rows: slice | NDArray[np.int64]) -> Layers:
    """Colours at 32 pixels: shape (N, 32, 32, 3)."""
    colours = thumbnails.colour_nhwc[rows].astype(np.float32)
    return np.stack([halve(colours[..., band]) for band in range(3)], axis=-1)


def _relative_colours(colour_nhwc: Layers) -> Layers:
    """Quantiles of brightness, red and blue relative to the photo's own, shape (N, 21)."""
    pixels = np.log(colour_nhwc.reshape(len(colour_nhwc), -1, 3) + 8)
    bright = pixels[..., 1]
    parts = [bright - np.median(bright, axis=1, keepdims=True), pixels[..., 0] - bright, pixels[..., 2] - bright]
    return np.concatenate([np.quantile(part, QUANTILES, axis=1).T for part in parts], axis=1).astype(np.float32)


def _move(thumbnails: Thumbnails, rows: NDArray[np.int64], generator: np.random.Generator) -> tuple[Layers, Layers]:
    """A second photo of each leaf: shift and crop to 10%, rotation to 15 degrees, brightness by 20%, filled edges."""
    count = len(rows)
    turns = (1 - generator.uniform(0, 0.1, count)) * np.exp(1j * np.deg2rad(generator.uniform(-15, 15, count)))
    moved = Alignment(
        flipped=np.zeros(count, dtype=bool),
        turns=turns.astype(np.complex64),
        skews=(turns * generator.uniform(-0.05, 0.05, count)).astype(np.complex64),
        shifts=(generator.uniform(-0.1, 0.1, (2, count)).T @ [1, 1j]).astype(np.complex64),
        score=np.zeros(count, dtype=np.float32),
    )
    colours = _few_colours(thumbnails, rows)
    fills = _fills(colours, generator)
    grey = _moved(thumbnails.grey_nhw[rows].astype(np.float32), moved, fills @ LUMA)
    bands = [_moved(np.ascontiguousarray(colours[..., band]), moved, fills[:, band]) for band in range(3)]
    gain = generator.uniform(0.8, 1.2, count).astype(np.float32)[:, None, None]
    noise = generator.normal(0, 1.5, grey.shape).astype(np.float32)  # as re-compression leaves
    speckle = generator.normal(0, 0.5, colours.shape).astype(np.float32)
    colour = np.stack(bands, axis=-1) * gain[..., None] + speckle
    return np.clip(grey * gain + noise, 0, 255), np.clip(colour, 0, 255)


def _fills(colours_nhwc: Layers, generator: np.random.Generator) -> Layers:
    """Colour of what lies outside, shape (N, 3): the edge drawn out (not a number), black, white, the corner's."""
    edge = np.full_like(colours_nhwc[:, 0, 0], np.nan)
    kinds = np.stack([edge, np.zeros_like(edge), np.full_like(edge, 255), colours_nhwc[:, 0, 0]])
    return np.asarray(kinds[generator.integers(0, 4, len(edge)), np.arange(len(edge))])


def _moved(photos_nhw: Layers, moved: Alignment, fills: Layers) -> Layers:
    warped, inside = sample(photos_nhw, moved)
    filled = fills[:, None, None]
    return np.where((inside > 0) | np.isnan(filled), warped, filled).astype(np.float32)
