"""Perceptual hashes of small grey photos in all 8 poses, and their close pairs without a table of all pairs.

The 64 bits are the signs of the lowest 8 by 8 cosine waves against their median. A flip only changes signs of the
waves and a quarter turn exchanges their axes, so that the other 7 poses cost next to nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from leafgraft.data.groups.neighbours import Pairs, unique_pairs

SMALL_SIDE = 32
WAVES = 8
FARTHEST_BITS = 6
BAND_BITS = 16
WINDOW = 6

Hashes = NDArray[np.uint64]


def pose_hashes(grey_nhw: NDArray[np.uint8]) -> Hashes:
    """Hashes of all 8 poses; the first is the upright one.

    Args:
        grey_nhw: Shape (N, side, side), side a multiple of 32.

    Returns:
        Shape (N, 8).
    """
    count, side = len(grey_nhw), grey_nhw.shape[1]
    step = side // SMALL_SIDE
    rows = grey_nhw.reshape(count, SMALL_SIDE, step, side).sum(axis=2, dtype=np.uint32)
    small = rows.reshape(count, SMALL_SIDE, SMALL_SIDE, step).sum(axis=3, dtype=np.float32) / np.float32(step**2)
    low = fft.dctn(small, axes=(1, 2))[:, :WAVES, :WAVES]
    signs = np.where(np.arange(WAVES) % 2, -1.0, 1.0).astype(np.float32)
    poses = [
        turned * (signs[:, None] if down else 1.0) * (signs if right else 1.0)
        for turned in (low, low.transpose(0, 2, 1))
        for down in (False, True)
        for right in (False, True)
    ]
    return np.stack([_to_hashes(pose) for pose in poses], axis=1)


def close_pairs(hashes_n8: Hashes) -> Pairs:
    """Pairs with hashes within 6 bits of each other in some pose.

    All poses are sorted by each 16 bits in turn (with the rest behind), and each is compared with the next 6: hashes
    within 3 bits share 16 of them. Crowded places are compared in passing only, so that the cost per photo is flat.

    Returns:
        Rows, the smaller first, sorted, shape (M, 2).
    """
    hashes = hashes_n8.ravel()
    photos = np.repeat(np.arange(len(hashes_n8)), hashes_n8.shape[1])
    found = [np.empty((0, 2), dtype=np.int64)]
    for band in range(64 // BAND_BITS):
        bits = np.uint64(band * BAND_BITS)
        turned = (hashes << bits) | (hashes >> (np.uint64(64) - bits)) if band else hashes
        order = np.argsort(turned, kind="stable")
        for step in range(1, WINDOW + 1):
            one, other = order[:-step], order[step:]
            near = np.bitwise_count(hashes[one] ^ hashes[other]) <= FARTHEST_BITS
            found.append(unique_pairs(np.stack([photos[one[near]], photos[other[near]]], axis=1)))
    return unique_pairs(np.concatenate(found))


def _to_hashes(low_nrc: NDArray[np.float32]) -> Hashes:
    flat = low_nrc.reshape(len(low_nrc), -1)
    bits = flat > np.median(flat, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)
