"""Where two photos that lie over each other show the same, block by block.

What counts is structure that only one of the two shows. It is measured against how strong structure is around in
either photo, so that a spot on one of two smooth leaves weighs as much as another pattern of veins. The middle decides:
towards the edges a photo that was shifted or turned shows what was drawn in, not the leaf.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from leafgraft.data.groups.alignment import Alignment, mirror, sample
from leafgraft.data.groups.spectrum import NOISE, Layers, band_pass, strength

BLOCKS, PATCHES = 8, 16  # along each side: blocks for correlations, patches a quarter of their size for single spots
LEAST_COVERED = 0.6  # of a block by both photos
FAINTEST = 0.15  # sum of both photos' structure, per pixel: where there is less, nothing can be told
CLEAR = 0.4  # the same of a patch that shows something clearly
UNLIKE, ALIKE = 0.3, 0.5  # correlation below which a block shows nothing of the other, above which a patch agrees
FEWEST_BLOCKS = 8
FEWEST_IN_MIDDLE = 4
WIDTH = 6.0  # pixels: surroundings that structure is measured against
EDGE = 5  # pixels at the edge of either photo that do not count

Blocks = NDArray[np.float32]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PixelAgreement:
    """How far M pairs agree in the middle, each of shape (M,).

    Attributes:
        apart: Squared difference of structure, per pixel, in the patch that differs second most: a spot that only one
            photo shows makes it 1 or more.
        agreeing: Share of all patches that clearly show the same.
        unlike: Share of the blocks with structure that show nothing of each other.
        lowest: Correlation that 90% of the blocks with structure exceed.
        quarter: Correlation that three quarters of them exceed.
        telling: Whether enough blocks have structure, and enough of the middle lies in both photos.
    """

    apart: Layers
    agreeing: Layers
    unlike: Layers
    lowest: Layers
    quarter: Layers
    telling: Marks


def agree(first_nhw: Layers, second_nhw: Layers, found: Alignment) -> PixelAgreement:
    """Compare M photos with M others.

    Args:
        first_nhw: Grey photos, shape (M, side, side).
        second_nhw: As many others.
        found: How they lie over each other.
    """
    warped, inside = sample(mirror(second_nhw, found.flipped), found)
    inside = ndimage.minimum_filter(inside, size=(1, EDGE, EDGE))
    one, other = _evened_alike(band_pass(first_nhw, 1.0, 5.0), band_pass(warped, 1.0, 5.0), inside)
    correlation, structure, _, covered = _compare(one, other, inside, BLOCKS)
    told = covered & (structure > FAINTEST)
    in_middle = told & _middle(BLOCKS)
    lowest, quarter = np.zeros(len(one), np.float32), np.zeros(len(one), np.float32)
    for row in np.flatnonzero(in_middle.any(axis=1)):
        lowest[row], quarter[row] = np.quantile(correlation[row][in_middle[row]], (0.1, 0.25))
    apart, agreeing = _in_patches(one, other, inside)
    return PixelAgreement(
        apart=apart,
        agreeing=agreeing,
        unlike=_share(in_middle & (correlation < UNLIKE), in_middle),
        lowest=lowest,
        quarter=quarter,
        telling=(told.sum(axis=1) >= FEWEST_BLOCKS)
        & (in_middle.sum(axis=1) >= FEWEST_IN_MIDDLE)
        & (2 * (covered & _middle(BLOCKS)).sum(axis=1) >= _middle(BLOCKS).sum()),
    )


def _in_patches(one: Layers, other: Layers, inside: Layers) -> tuple[Layers, Layers]:
    """Second largest difference of a patch in the middle, and the share of patches there that clearly agree."""
    correlation, structure, difference, covered = _compare(one, other, inside, PATCHES)
    middle = _middle(PATCHES)
    differences = np.where(covered, difference, 0)[:, middle]
    agreeing = (covered & (structure > CLEAR) & (correlation > ALIKE))[:, middle]
    return np.partition(differences, -2, axis=1)[:, -2], agreeing.mean(axis=1, dtype=np.float32)


def _compare(one: Layers, other: Layers, inside: Layers, parts: int) -> tuple[Blocks, Blocks, Blocks, Marks]:
    """Correlation, structure and squared difference per pixel, and whether both photos cover it, of every part."""
    pixels = np.maximum(_sums(inside, parts), 1.0)
    both = _sums(one**2, parts) + _sums(other**2, parts)
    product = 2 * _sums(one * other, parts)
    covered = _sums(inside, parts) > LEAST_COVERED * (one.shape[1] // parts) ** 2
    parted = (product / (both + 1e-6), both / pixels, (both - product) / pixels)
    correlation, structure, difference = (np.asarray(one, dtype=np.float32) for one in parted)
    return correlation, structure, difference, np.asarray(covered)


def _evened_alike(one: Layers, other: Layers, inside: Layers) -> tuple[Layers, Layers]:
    """Both structures, of one gain, over the larger strength of the two; 0 where only one photo lies."""

    def power(structure: Layers) -> Layers:
        return np.asarray((inside * structure**2).sum(axis=(1, 2), keepdims=True))

    gain = np.clip(np.sqrt(power(one) / (power(other) + 1e-6)), 0.5, 2.0)
    other = other * gain
    size = np.sqrt(np.maximum(strength(one, WIDTH), strength(other, WIDTH)) + NOISE**2)
    return np.asarray(inside * one / size, np.float32), np.asarray(inside * other / size, np.float32)


def _sums(photos_nhw: Layers, parts: int) -> Blocks:
    """Sums over parts x parts squares, shape (M, parts * parts)."""
    count, side = len(photos_nhw), photos_nhw.shape[1]
    tiles = photos_nhw.reshape(count, parts, side // parts, parts, side // parts)
    return np.asarray(tiles.sum(axis=(2, 4))).reshape(count, parts**2)


def _middle(parts: int) -> Marks:
    """Marks the parts whose row and column lie in the middle half."""
    line = np.abs(np.arange(parts) - (parts - 1) / 2) < parts / 4
    return np.outer(line, line).ravel()


def _share(some: Marks, of: Marks) -> Layers:
    """Share of the marked blocks in each row; 1 where there are none."""
    counts = of.sum(axis=1)
    return np.where(counts > 0, some.sum(axis=1) / np.maximum(counts, 1), 1.0).astype(np.float32)
