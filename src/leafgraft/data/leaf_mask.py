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


def leaf_mask(photo_hwc: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Mark the leaf.

    Args:
        photo_hwc: uint8, shape (H, W, 3).

    Returns:
        bool, shape (H, W); a centred ellipse where colour does not tell the leaf from its background.
    """
    height, width = photo_hwc.shape[:2]
    step = max(1, min(height, width) // WORKING_SIDE_PX)
    small = photo_hwc[::step, ::step].astype(np.float32)
    smooth = ndimage.gaussian_filter(small, (1, 1, 0), truncate=3.0)
    inside = _by_colour(np.ascontiguousarray(smooth.transpose(2, 0, 1)))
    inside = ndimage.binary_opening(inside, iterations=2)
    inside = _main_part(inside)
    if not LEAST_SHARE <= inside.mean() <= LARGEST_SHARE:
        inside = _middle(inside.shape) >= ELLIPSE
    rows = np.minimum(np.arange(height) // step, inside.shape[0] - 1)
    columns = np.minimum(np.arange(width) // step, inside.shape[1] - 1)
    return np.asarray(inside[np.ix_(rows, columns)])


def _by_colour(photo_chw: NDArray[np.float32]) -> NDArray[np.bool_]:
    frame = max(1, int(FRAME_SHARE * min(photo_chw.shape[1:])))
    sides = (np.s_[:frame], np.s_[-frame:], np.s_[:, :frame], np.s_[:, -frame:])
    # Each edge has its own colour: shadows and slopes of light make backgrounds uneven.
    edges = [np.array([np.median(band[side]) for band in photo_chw], dtype=np.float32) for side in sides]
    squares = [np.square(photo_chw - edge[:, None, None]).sum(axis=0) for edge in edges]
    distance = np.sqrt(np.min(squares, axis=0))
    red, green_band, blue = photo_chw
    green = green_band - (red + blue) / 2 > GREENER_BY
    frame_green = np.mean([green[side].mean() for side in sides])
    far = distance > _otsu(distance)
    return np.asarray(far | green if frame_green < 0.3 else far)


def _otsu(values: NDArray[np.float32]) -> float:
    """Threshold of the largest variance between two parts. Source: Otsu 1979."""
    low, high = float(values.min()), float(values.max())
    step = max((high - low) / BINS, 1e-6)
    counts = np.bincount(np.minimum((values.ravel() - low) / step, BINS - 1).astype(np.int64), minlength=BINS)
    middles = low + step * (np.arange(BINS) + 0.5)
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    mean_below, mean_above = sums / np.maximum(below, 1), (sums[-1] - sums) / np.maximum(above, 1)
    return float(middles[np.argmax(below * above * (mean_below - mean_above) ** 2)])


def _main_part(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The part with most pixels, those near the middle counting more; holes filled."""
    parts, count = ndimage.label(inside)
    if count == 0:
        return inside
    sizes = np.bincount(parts.ravel(), weights=_middle(inside.shape).ravel(), minlength=count + 1)
    main = parts == 1 + int(np.argmax(sizes[1:]))
    outside, count = ndimage.label(~main)
    open_parts = np.zeros(count + 1, dtype=bool)
    for edge in (outside[0], outside[-1], outside[:, 0], outside[:, -1]):
        open_parts[edge] = True
    open_parts[0] = False
    return np.asarray(~open_parts[outside])


@lru_cache(maxsize=8)
def _middle(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Weight of each place: 1 in the middle, less towards the edges."""
    row, column = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return np.asarray(np.exp(-(row**2 + column**2)))
