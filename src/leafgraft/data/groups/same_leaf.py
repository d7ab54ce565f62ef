"""Whether two photos show the same leaf: laid over each other, they must show the same fine structure.

What a second photo may do to the first: shift, rotation, flip, quarter turns, a little scale and stretch, brightness,
compression, and parts that were cut off or drawn in at the edges. Two leaves of one outline, even before one
background, fail: in the middle each shows what the other does not.

Of two photos taken in a row (their names follow each other, and they lie over each other nearly as they are), a little
more may differ: the hand moved, and near things moved against far ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from leafgraft.data.decode.thumbnails import Thumbnails
from leafgraft.data.groups.agreement import PixelAgreement, agree
from leafgraft.data.groups.alignment import Alignment, align_roughly, refine
from leafgraft.data.groups.neighbours import Pairs
from leafgraft.data.groups.spectrum import Layers, Prepared, even_out, halve, prepare

CHUNK = 128  # photos, or pairs, that a thread looks at together
BLOCK = 4096  # photos whose structure is held in memory
LEAST_ROUGH, LEAST_SMALL, LEAST_FULL = 0.5, 0.6, 0.7  # correlation of evened structure, step by step
FULL_BAND = (1.0, 6.0)  # pixels of structure at 128 pixels
FULL_ROUNDS = 5
MOST_UNLIKE_SMALL = 0.2  # of two leaves at 64 pixels, rarely less; of one leaf, rarely more than 0.07
MOST_APART, MOST_APART_IF_SMOOTH, LEAST_LOWEST = 0.65, 0.4, 0.5
LEAST_LOWEST_IN_A_ROW, LEAST_QUARTER = 0.42, 0.5
RICH = 0.75  # share of the middle that clearly agrees: of smooth leaves less speaks for a pair
CLOSE_DEGREES, CLOSE_SCALE, CLOSE_SHIFT = 15.0, 1.2, 0.2  # poses of photos taken in a row
LARGEST_SCALE = 1.35
LARGEST_SKEW = 0.12  # of the scale: one side stretched by a quarter against the other


@dataclass(frozen=True, slots=True)
class Verified:
    """Two photos that show one leaf.

    Attributes:
        first: Row among the first photos.
        second: Row among the second ones.
        similarity: Correlation of fine structure where both lie, below 1.
        transform: How the second lies over the first, in words.
    """

    first: int
    second: int
    similarity: float
    transform: str


def compare(
    first: Thumbnails,
    second: Thumbnails,
    pairs: Pairs,
    serial: NDArray[np.bool_],
    jobs: int = 0,
    advance: Callable[[int], None] = lambda _count: None,
) -> list[Verified]:
    """Verify pairs on the pixels; most are turned down early, at 32 and 64 pixels.

    Args:
        first: Small versions of photos.
        second: Of the photos they are compared with, often the same.
        pairs: Row among the first and among the second of each pair, shape (M, 2).
        serial: Whether the names follow each other, shape (M,).
        jobs: Threads; 0 takes every core.
        advance: Told how many pairs were compared.

    Returns:
        Those that show one leaf, by rows.
    """
    found: list[Verified] = []
    with threadpool_limits(1), ThreadPoolExecutor(jobs or os.cpu_count()) as threads:
        for block in _blocks(pairs):
            one = _structure(first, pairs[block] if first is second else pairs[block, 0], threads)
            two = one if first is second else _structure(second, pairs[block, 1], threads)
            chunks = [block[start : start + CHUNK] for start in range(0, len(block), CHUNK)]
            of_chunk = partial(_compare, (first, second), (one, two))
            compared = threads.map(of_chunk, [pairs[rows] for rows in chunks], [serial[rows] for rows in chunks])
            for rows, verified in zip(chunks, compared, strict=True):
                found += verified
                advance(len(rows))
    return sorted(found, key=lambda one: (one.first, one.second))


@dataclass(frozen=True, slots=True, eq=False)
class _Structure:
    """What alignment needs of some photos: `prepared` lies in the order of `rows`, which are sorted."""

    rows: NDArray[np.int64]
    prepared: Prepared

    def of(self, rows: NDArray[np.int64]) -> Prepared:
        return self.prepared.pick(np.searchsorted(self.rows, rows))


def _blocks(pairs: Pairs) -> list[NDArray[np.int64]]:
    """Numbers of the pairs, those together whose photos lie in the same thousands: each is prepared a few times."""
    _, block = np.unique(pairs // BLOCK, axis=0, return_inverse=True)
    return [np.flatnonzero(block.ravel() == number) for number in range(int(block.max(initial=-1)) + 1)]


def _structure(thumbnails: Thumbnails, wanted: NDArray[np.int64], threads: ThreadPoolExecutor) -> _Structure:
    rows = np.unique(wanted)
    chunks = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
    parts = list(threads.map(lambda chunk: prepare(thumbnails.grey_nhw[chunk]), chunks))
    return _Structure(rows, Prepared.join(parts))


def _compare(
    thumbnails: tuple[Thumbnails, Thumbnails],
    structures: tuple[_Structure, _Structure],
    pairs: Pairs,
    serial: NDArray[np.bool_],
) -> list[Verified]:
    ones, twos = structures[0].of(pairs[:, 0]), structures[1].of(pairs[:, 1])
    found = align_roughly(ones, twos)
    kept = np.flatnonzero(found.score >= LEAST_ROUGH)
    found = refine(ones.evened_nhw[kept], twos.evened_nhw[kept], found.pick(kept))
    hopeful = np.flatnonzero((found.score >= LEAST_SMALL) & _possible(found))
    kept, found = kept[hopeful], found.pick(hopeful)
    grey = _grey(thumbnails[0], pairs[kept, 0]), _grey(thumbnails[1], pairs[kept, 1])
    hopeful = np.flatnonzero(agree(halve(grey[0]), halve(grey[1]), found).unlike <= MOST_UNLIKE_SMALL)
    kept, found, grey = kept[hopeful], found.pick(hopeful), (grey[0][hopeful], grey[1][hopeful])
    found = refine(even_out(grey[0], *FULL_BAND), even_out(grey[1], *FULL_BAND), found, FULL_ROUNDS)
    same = _same_leaf(found, agree(*grey, found), serial[kept])
    return [
        Verified(int(pairs[kept[k], 0]), int(pairs[kept[k], 1]), _similarity(found.score[k]), _words(found, int(k)))
        for k in np.flatnonzero(same)
    ]


def _grey(thumbnails: Thumbnails, rows: NDArray[np.int64]) -> Layers:
    return thumbnails.grey_nhw[rows].astype(np.float32)


def _same_leaf(found: Alignment, agreement: PixelAgreement, serial: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether one leaf is shown: nothing in the middle differs, or, of two photos taken in a row, most of it agrees."""
    rich = agreement.agreeing >= RICH
    most_apart = np.where(rich, MOST_APART, MOST_APART_IF_SMOOTH)
    one = (agreement.apart <= most_apart) & (agreement.lowest >= LEAST_LOWEST)
    in_a_row = (agreement.lowest >= LEAST_LOWEST_IN_A_ROW) & (agreement.quarter >= LEAST_QUARTER)
    in_a_row &= rich & serial & _close_pose(found)
    alike = (found.score >= LEAST_FULL) & _possible(found) & agreement.telling
    return np.asarray(alike & (one | in_a_row))


def _possible(found: Alignment) -> NDArray[np.bool_]:
    """Whether a camera could have moved so: scale and stretch within bounds."""
    size, skew = np.abs(found.turns), np.abs(found.skews)
    return np.asarray((size < LARGEST_SCALE) & (size > 1 / LARGEST_SCALE) & (skew <= LARGEST_SKEW * size))


def _close_pose(found: Alignment) -> NDArray[np.bool_]:
    size, degrees = np.abs(found.turns), np.degrees(np.abs(np.angle(found.turns)))
    near = (np.abs(found.shifts) <= CLOSE_SHIFT) & (size <= CLOSE_SCALE) & (size >= 1 / CLOSE_SCALE)
    return np.asarray(near & (degrees <= CLOSE_DEGREES) & ~found.flipped)


def _similarity(score: float) -> float:
    """Rounded, and below 1, which is for equal pixels alone."""
    return min(round(float(score), 4), 0.9999)


def _words(found: Alignment, row: int) -> str:
    turn, shift = complex(found.turns[row]), complex(found.shifts[row])
    flip = "flipped, " if found.flipped[row] else ""
    angle = float(np.degrees(np.angle(turn)))
    return (
        f"{flip}turned {angle:+.0f}°, scaled {abs(turn):.2f}, shifted {shift.real:+.0%} right, {shift.imag:+.0%} down"
    )
