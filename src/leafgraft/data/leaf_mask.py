"""Where the leaf is, by colour and place: simple, documented, and shown on the page for a sample.

The colour of the frame (the outer twentieth of the photo) stands for the background. A pixel belongs to the leaf if
its colour lies further from the frame's colours than Otsu's threshold, or if it is green; the largest connected part
near the middle is kept and its holes are filled.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

WORKING_SIDE_PX = 128
FRAME_SHARE = 0.05
GREENER_BY = 12.0  # grey levels by which green exceeds the mean of red and blue
LEAST_SHARE, LARGEST_SHARE = 0.02, 0.98
ELLIPSE = np.exp(-(0.7**2))  # weight of the middle at 0.7 of the way to the edge
BINS = 128
IN_PLANE = np.pad([[[False, True, False], [True] * 3, [False, True, False]]], ((1, 1), (0, 0), (0, 0)))  # of one photo


def leaf_mask(photo_hwc: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Mark the leaf of one photo, uint8, shape (H, W, 3); see `leaf_masks`."""
    (found,) = leaf_masks(photo_hwc[None])
    return np.asarray(found)


def leaf_masks(photos_nhwc: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Mark the leaf of each photo.

    Args:
        photos_nhwc: uint8, shape (N, H, W, 3).

    Returns:
        bool, shape (N, H, W); a centred ellipse where colour does not tell the leaf from its background.
    """
    height, width = photos_nhwc.shape[1:3]
    step = max(1, min(height, width) // WORKING_SIDE_PX)
    small = photos_nhwc[:, ::step, ::step].astype(np.float32)
    smooth = ndimage.gaussian_filter(small, (0, 1, 1, 0), truncate=3.0)
    inside = _by_colour(np.ascontiguousarray(smooth.transpose(3, 0, 1, 2)))
    inside = _main_parts(ndimage.binary_opening(inside, IN_PLANE, iterations=2))
    shares = inside.mean(axis=(1, 2))
    inside[(shares < LEAST_SHARE) | (shares > LARGEST_SHARE)] = _middle(inside.shape[1:]) >= ELLIPSE
    rows = np.minimum(np.arange(height) // step, inside.shape[1] - 1)
    columns = np.minimum(np.arange(width) // step, inside.shape[2] - 1)
    return np.asarray(inside[:, rows[:, None], columns[None]])


def _by_colour(photos_cnhw: NDArray[np.float32]) -> NDArray[np.bool_]:
    frame = max(1, int(FRAME_SHARE * min(photos_cnhw.shape[2:])))
    sides = (np.s_[:, :, :frame], np.s_[:, :, -frame:], np.s_[:, :, :, :frame], np.s_[:, :, :, -frame:])
    # Each edge has its own colour: shadows and slopes of light make backgrounds uneven.
    edges = [np.median(photos_cnhw[side], axis=(2, 3)) for side in sides]
    squares = [np.square(photos_cnhw - edge[:, :, None, None]).sum(axis=0) for edge in edges]
    distance = np.sqrt(np.minimum.reduce(squares))
    red, green_band, blue = photos_cnhw
    green = green_band - (red + blue) / 2 > GREENER_BY
    frame_green = np.mean([green[side[1:]].mean(axis=(1, 2)) for side in sides], axis=0)
    far = distance > _otsu(distance)[:, None, None]
    return np.asarray(far | (green & (frame_green < 0.3)[:, None, None]))


def _otsu(values_nhw: NDArray[np.float32]) -> NDArray[np.float64]:
    """Threshold of the largest variance between two parts of each photo, shape (N,). Source: Otsu 1979."""
    count = len(values_nhw)
    low = values_nhw.min(axis=(1, 2)).astype(np.float64)
    step = np.maximum((values_nhw.max(axis=(1, 2)) - low) / BINS, 1e-6)
    bins = np.minimum((values_nhw - low[:, None, None]) / step[:, None, None], BINS - 1).astype(np.int64)
    bins += BINS * np.arange(count)[:, None, None]
    counts = np.bincount(bins.ravel(), minlength=count * BINS).reshape(count, BINS)
    middles = low[:, None] + step[:, None] * (np.arange(BINS) + 0.5)
    below = np.cumsum(counts, axis=1)
    above = below[:, -1:] - below
    sums = np.cumsum(counts * middles, axis=1)
    mean_below, mean_above = sums / np.maximum(below, 1), (sums[:, -1:] - sums) / np.maximum(above, 1)
    best = np.argmax(below * above * (mean_below - mean_above) ** 2, axis=1)
    return np.asarray(middles[np.arange(count), best])


def _main_parts(inside_nhw: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The part of each photo with most pixels, those near the middle counting more; holes filled."""
    parts, count = ndimage.label(inside_nhw, IN_PLANE)
    weights = np.broadcast_to(_middle(inside_nhw.shape[1:]), inside_nhw.shape)
    sizes = np.bincount(parts.ravel(), weights=weights.ravel(), minlength=count + 1)
    photo_of = np.zeros(count + 1, dtype=np.int64)
    photo_of[parts] = np.arange(len(inside_nhw))[:, None, None]
    largest = 1 + np.lexsort((np.arange(count), -sizes[1:], photo_of[1:]))  # by photo, the largest first
    photos, first = np.unique(photo_of[largest], return_index=True)
    chosen = np.full(len(inside_nhw), -1)
    chosen[photos] = largest[first]
    main = parts == chosen[:, None, None]
    outside, count = ndimage.label(~main, IN_PLANE)
    open_parts = np.zeros(count + 1, dtype=bool)
    for edge in (outside[:, 0], outside[:, -1], outside[:, :, 0], outside[:, :, -1]):
        open_parts[edge] = True
    open_parts[0] = False
    return np.asarray(~open_parts[outside])


@lru_cache(maxsize=8)
def _middle(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Weight of each place: 1 in the middle, less towards the edges."""
    row, column = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return np.asarray(np.exp(-(row**2 + column**2)))
