"""The one resize of training and export: two matrix products with triangle weights, exact in every implementation.

Floating-point products differ in their last digits from library to library, and a grey level at a half is then rounded
up here and down there. So the products are taken of whole numbers that single precision holds exactly: grey levels less
128, and weights in units of 2^-17. Numpy, onnxruntime and a browser give the same bytes, in whatever order they add.
``leafgraft.export.preprocessing`` writes the same steps as a graph.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import csr_array

WEIGHT_BITS = 17  # 128 * 2^17 = 2^24: the largest whole number up to which single precision holds all
KEPT_BITS = 8  # binary places of a grey level between the two products
GREY = 128  # taken off the grey levels, so that they need one bit less


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
    first_row, first_column = round((new_height - side) / 2), round((new_width - side) / 2)
    # Between the products 16 bits stay, and 16 bits times 17 are more than single precision holds.
    top, rows = _sparse(height, new_height, first_row, side, WEIGHT_BITS - KEPT_BITS, np.float32)
    left, columns = _sparse(width, new_width, first_column, side, WEIGHT_BITS + KEPT_BITS, np.float64)
    square = photo_hwc[top : top + rows.shape[1], left : left + columns.shape[1]]
    levels = np.subtract(square, GREY, dtype=np.float32)
    kept = rows @ levels.reshape(len(levels), -1)
    np.rint(kept, out=kept)
    turned = kept.reshape(side, -1, 3).transpose(1, 0, 2).astype(np.float64, order="C")
    exact = (columns @ turned.reshape(len(turned), -1)).astype(np.float32)
    exact += GREY
    np.rint(exact, out=exact)
    return np.ascontiguousarray(exact.astype(np.uint8).reshape(side, side, 3).transpose(1, 0, 2))


@lru_cache(maxsize=32)
def _sparse(size_in: int, size_out: int, first: int, count: int, bits: int, dtype: DTypeLike) -> tuple[int, csr_array]:
    """The same as `_weights`, times 2^-`bits`, without its zeros."""
    start, weights = _weights(size_in, size_out, first, count)
    return start, csr_array(weights.astype(dtype) * np.asarray(2.0**-bits, dtype))
