"""The one resize of training and export: two matrix products with triangle weights, exact in every implementation.

Floating-point products differ in their last digits from library to library, and a grey level at a half is then rounded
up here and down there. So the products are taken of whole numbers that single precision holds exactly: grey levels less
128, and weights in units of 2^-17. Numpy, onnxruntime and a browser give the same bytes, in whatever order they add.
``leafgraft.export.preprocessing`` writes the same steps as a graph.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

WEIGHT_BITS = 17  # 128 * 2^17 = 2^24: the largest whole number up to which single precision holds all
KEPT_BITS = 8  # binary places of a grey level between the two products
GREY = 128  # taken off the grey levels, so that they need one bit less


def triangle_weights(size_in: int, size_out: int) -> NDArray[np.float32]:
    """Weights of antialiased bilinear resizing along one axis.

    Each output pixel is the mean of input pixels under a triangle as wide as the shrinking factor (never narrower
    than one pixel to each side); the same numbers as torchvision and Pillow use, in units of 2^-17.

    Args:
        size_in: Pixels along the axis before.
        size_out: Pixels along the axis after.

    Returns:
        float32, shape (size_out, size_in); rows sum to 1.
    """
    start, inside = _weights(size_in, size_out, 0, size_out)
    weights = np.zeros((size_out, size_in), dtype=np.float32)
    weights[:, start : start + inside.shape[1]] = inside / 2**WEIGHT_BITS
    return weights


@lru_cache(maxsize=32)
def _weights(size_in: int, size_out: int, first: int, count: int) -> tuple[int, NDArray[np.float32]]:
    """Weights of `count` output pixels from the one at `first`, in units of 2^-17.

    Everything is counted in whole numbers, in units of half an input pixel divided by `size_out`. The rounded sums of
    weights are told apart, not the weights: so rows sum to one exactly, and the errors of neighbours cancel.

    Returns:
        The first input pixel that any of them needs, and whole numbers as float32, shape (count, pixels needed).
    """
    reach = 2 * max(size_in, size_out)
    start = max((2 * first + 1) * size_in - reach, 0) // (2 * size_out)
    stop = min(-(((2 * (first + count) - 1) * size_in + reach) // (-2 * size_out)), size_in)
    centres = (2 * np.arange(first, first + count, dtype=np.int64) + 1) * size_in
    pixels = (2 * np.arange(start, stop, dtype=np.int64) + 1) * size_out
    sums = np.cumsum(np.maximum(reach - np.abs(pixels[None, :] - centres[:, None]), 0), axis=1)
    total = sums[:, -1:]
    rounded = (sums * 2 ** (WEIGHT_BITS + 1) + total) // (2 * total)
    weights = np.diff(rounded, axis=1, prepend=0).astype(np.float32)
    weights.setflags(write=False)
    return start, weights


def resized_shape(height: int, width: int, side: int) -> tuple[int, int]:
    """Height and width once the shorter side is `side` pixels, as torchvision rounds them."""
    shorter = min(height, width)
    return side * height // shorter, side * width // shorter


def resize(photo_hwc: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Resize the shorter side to `side` pixels and take the centre.

    Args:
        photo_hwc: uint8, shape (H, W, 3).
        side: Pixels.

    Returns:
        uint8, shape (side, side, 3), rounded half to even.
    """
    height, width = photo_hwc.shape[:2]
    new_height, new_width = resized_shape(height, width, side)
    top, rows = _weights(height, new_height, round((new_height - side) / 2), side)
    left, columns = _weights(width, new_width, round((new_width - side) / 2), side)
    square = photo_hwc[top : top + rows.shape[1], left : left + columns.shape[1]]
    levels = square.astype(np.float32) - GREY
    shrunk = rows @ levels.reshape(len(levels), -1)
    kept = np.rint(shrunk * np.float32(2.0 ** (KEPT_BITS - WEIGHT_BITS))).reshape(side, -1, 3)
    # 16 bits times 17 are more than single precision holds: upper and lower half are taken apart.
    upper = np.rint(kept * np.float32(2.0**-KEPT_BITS))
    lower = kept - upper * np.float32(2.0**KEPT_BITS)
    both = _along_columns(upper, columns) + _along_columns(lower, columns) * np.float32(2.0**-KEPT_BITS)
    exact = (both * np.float32(2.0**-WEIGHT_BITS) + np.float32(GREY)).transpose(1, 0, 2)
    return np.ascontiguousarray(np.rint(exact), dtype=np.uint8)


def _along_columns(levels_hwc: NDArray[np.float32], columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """One large product, which takes a third of the time of one per row; shape (side, H, 3)."""
    turned = np.ascontiguousarray(levels_hwc.transpose(1, 0, 2))
    return (columns @ turned.reshape(len(turned), -1)).reshape(len(columns), -1, 3)
