"""Where the leaf is, by colour and place: simple, documented, and shown on the page for a sample.

The colour of the frame (the outer twentieth of the photo) stands for the background. A pixel belongs to the leaf if
its colour lies further from the frame's colours than Otsu's threshold, or if it is green; the largest connected part
near the middle is kept and its holes are filled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

WORKING_SIDE_PX = 128
FRAME_SHARE = 0.05
GREENER_BY = 12.0  # grey levels by which green exceeds the mean of red and blue
LEAST_SHARE, LARGEST_SHARE = 0.02, 0.98


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
    small = ndimage.gaussian_filter(small, (1, 1, 0))
    inside = _by_colour(small)
    inside = ndimage.binary_opening(inside, iterations=2)
    inside = _main_part(inside)
    if not LEAST_SHARE <= inside.mean() <= LARGEST_SHARE:
        inside = _ellipse(inside.shape)
    rows = np.minimum(np.arange(height) // step, inside.shape[0] - 1)
    columns = np.minimum(np.arange(width) // step, inside.shape[1] - 1)
    return np.asarray(inside[np.ix_(rows, columns)])


def _by_colour(photo: NDArray[np.float32]) -> NDArray[np.bool_]:
    frame = max(1, int(FRAME_SHARE * min(photo.shape[:2])))
    edges = (photo[:frame], photo[-frame:], photo[:, :frame], photo[:, -frame:])
    # Each edge has its own colour: shadows and slopes of light make backgrounds uneven.
    distances = [np.linalg.norm(photo - np.median(edge.reshape(-1, 3), axis=0), axis=2) for edge in edges]
    distance = np.min(distances, axis=0)
    green = photo[..., 1] - (photo[..., 0] + photo[..., 2]) / 2 > GREENER_BY
    frame_green = np.mean(
        [green[:frame].mean(), green[-frame:].mean(), green[:, :frame].mean(), green[:, -frame:].mean()]
    )
    far = distance > _otsu(distance)
    return np.asarray(far | green if frame_green < 0.3 else far)


def _otsu(values: NDArray[np.float32]) -> float:
    """Threshold of the largest variance between two parts. Source: Otsu 1979."""
    counts, edges = np.histogram(values, bins=128)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    mean_below = np.cumsum(counts * middles) / np.maximum(below, 1)
    mean_above = ((counts * middles).sum() - np.cumsum(counts * middles)) / np.maximum(above, 1)
    return float(middles[np.argmax(below * above * (mean_below - mean_above) ** 2)])


def _main_part(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The part with most pixels, those near the middle counting more; holes filled."""
    parts, count = ndimage.label(inside)
    if count == 0:
        return inside
    row, column = np.mgrid[-1 : 1 : inside.shape[0] * 1j, -1 : 1 : inside.shape[1] * 1j]
    weight = np.exp(-(row**2 + column**2))
    sizes = ndimage.sum_labels(weight, parts, np.arange(1, count + 1))
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(parts == 1 + int(np.argmax(sizes)))
    return filled


def _ellipse(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    row, column = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return np.asarray((row / 0.7) ** 2 + (column / 0.7) ** 2 <= 1)
