"""Which photos show the same leaf.

Pairs are proposed by cheap hints and each is verified on the pixels: the photos are laid over each other, and nearly
every patch of the overlap must show the same fine structure. Two leaves of one outline fail that.

How much must agree depends on what speaks for the pair beforehand. Two leaves with regular veins can be turned until
many of their veins coincide, so a pair found in any pose must agree well. Where the names follow each other, or the
photos already lie over each other as they are, such a coincidence is rare, and a leaf photographed twice by hand
(another angle, other light) is accepted too.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from leafgraft.data.alignment import (
    STRONGEST,
    Alignment,
    Layers,
    align_roughly,
    block_agreement,
    refine_full,
    refine_small,
)
from leafgraft.data.group_candidates import propose, serial_pairs
from leafgraft.data.neighbours import Pairs
from leafgraft.data.scan import Scan
from leafgraft.data.spectrum import halve
from leafgraft.data.thumbnails import Thumbnails, open_thumbnails
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Progress
from leafgraft.storage.cache_folder import CacheFolder

CHUNK = 32  # pairs that are aligned together
LEAST_ROUGH = 0.5
LEAST_SMALL_QUARTER = 0.35
STRICT_MEDIAN, STRICT_QUARTER = 0.6, 0.38
LENIENT_MEDIAN, LENIENT_QUARTER = 0.5, 0.2
CLOSE_DEGREES, CLOSE_SCALE, CLOSE_SHIFT = 8.0, 1.1, 0.1  # poses of photos that lie over each other as they are
FEWEST_BLOCKS = 8
LARGEST_SCALE = 1.35


@dataclass(frozen=True, slots=True)
class LeafPair:
    """Two photos that were verified to show one leaf.

    Attributes:
        a_path: Path of the one.
        b_path: Path of the other.
        similarity: Median correlation of fine structure, without the strongest, over patches of the overlap; 1 if all
            pixels are equal.
        transform: How the second lies over the first, in words.
    """

    a_path: str
    b_path: str
    similarity: float
    transform: str


@dataclass(frozen=True, slots=True)
class Groups:
    """Which photos show the same leaf.

    Attributes:
        manifest: With the groups merged.
        pairs: Verified pairs of one class.
        crossing: Verified pairs whose photos have different labels; these are not merged.
    """

    manifest: Manifest
    pairs: tuple[LeafPair, ...]
    crossing: tuple[LeafPair, ...]


def find_groups(
    scan: Scan, cache: CacheFolder, progress: Progress, features_nd: NDArray[np.float32] | None = None
) -> Groups:
    """Find photos of the same leaf and merge their groups.

    Photos whose group was given by the user keep it; only the others are searched.

    Args:
        scan: Photos and their facts.
        cache: Where small versions of the photos are kept.
        progress: Shows how far it is.
        features_nd: Pooled features of a frozen network, shape (N, D), if at hand: one more hint.
    """
    photos = scan.manifest.photos
    thumbnails = open_thumbnails(scan.manifest, cache, progress)
    proposed = propose(thumbnails, [photo.path for photo in photos], features_nd)
    free = _not_given(photos)
    hashes = np.array([facts.pixel_hash for facts in scan.facts])
    proposed = proposed[free[proposed].all(axis=1) & (hashes[proposed[:, 0]] != hashes[proposed[:, 1]])]
    found = _equal_pixels(scan, free) + _verify(thumbnails, proposed, photos, progress)
    label_of = {photo.path: photo.label for photo in photos}
    pairs = tuple(pair for pair in found if label_of[pair.a_path] == label_of[pair.b_path])
    crossing = tuple(pair for pair in found if label_of[pair.a_path] != label_of[pair.b_path])
    return Groups(merge(scan.manifest, pairs), pairs, crossing)


def merge(manifest: Manifest, pairs: Sequence[LeafPair]) -> Manifest:
    """Give photos that hang together by pairs one group, named after the first of them.

    Every other photo stands alone, but for groups that the user gave: those stay as they are.
    """
    row_of = {photo.path: row for row, photo in enumerate(manifest.photos)}
    parent = list(range(len(manifest.photos)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for pair in pairs:
        first, second = sorted((root(row_of[pair.a_path]), root(row_of[pair.b_path])))
        parent[second] = first
    photos = tuple(
        replace(photo, group=f"g-{manifest.photos[root(row)].photo_id}") if free else photo
        for row, (photo, free) in enumerate(zip(manifest.photos, _not_given(manifest.photos), strict=True))
    )
    return replace(manifest, photos=photos)


def _not_given(photos: Sequence[Photo]) -> NDArray[np.bool_]:
    """Whether the photo's group was named by the scan and not by the user."""
    own = {f"g-{photo.photo_id}" for photo in photos}
    return np.array([photo.group in own for photo in photos], dtype=bool)


def _equal_pixels(scan: Scan, free: NDArray[np.bool_]) -> list[LeafPair]:
    """Photos of equal pixels in different files, each with the first of its label and with the first of all."""
    first: dict[tuple[str, str], Photo] = {}
    found = []
    for photo, facts, is_free in zip(scan.manifest.photos, scan.facts, free, strict=True):
        if not is_free:
            continue
        own = first.get((facts.pixel_hash, photo.label))
        of_all = first.setdefault((facts.pixel_hash, ""), photo)
        first.setdefault((facts.pixel_hash, photo.label), photo)
        partner = own or (of_all if of_all is not photo else None)
        if partner:
            found.append(LeafPair(partner.path, photo.path, 1.0, "equal pixels"))
    return found


def _verify(thumbnails: Thumbnails, proposed: Pairs, photos: Sequence[Photo], progress: Progress) -> list[LeafPair]:
    """Those of the proposed pairs whose pixels agree."""
    serial = {(int(a), int(b)) for a, b in serial_pairs([photo.path for photo in photos])}
    likely = np.array([(int(a), int(b)) in serial for a, b in proposed], dtype=bool)
    starts = range(0, len(proposed), CHUNK)
    chunks = [(proposed[start : start + CHUNK], likely[start : start + CHUNK]) for start in starts]
    found: list[LeafPair] = []
    with (
        progress.task("Compare photos", len(proposed)) as advance,
        threadpool_limits(1),
        ThreadPoolExecutor(os.cpu_count()) as threads,
    ):
        for chunk, verdicts in zip(chunks, threads.map(lambda chunk: compare(thumbnails, *chunk), chunks), strict=True):
            found += [
                LeafPair(photos[a].path, photos[b].path, similarity, words) for a, b, similarity, words in verdicts
            ]
            advance(len(chunk[0]))
    return found


def compare(thumbnails: Thumbnails, pairs: Pairs, likely: NDArray[np.bool_]) -> list[tuple[int, int, float, str]]:
    """Verify pairs on the pixels; most are turned down early, at 64 pixels.

    Args:
        thumbnails: Small versions of all photos.
        pairs: Rows of each pair, shape (M, 2).
        likely: Whether the names follow each other, shape (M,).

    Returns:
        Rows, similarity and transform of those that show one leaf.
    """
    first = thumbnails.grey_nhw[pairs[:, 0]].astype(np.float32)
    second = thumbnails.grey_nhw[pairs[:, 1]].astype(np.float32)
    small_first, small_second = halve(first), halve(second)
    found = align_roughly(small_first, small_second)
    rows = np.flatnonzero(found.score >= LEAST_ROUGH)
    found = refine_small(small_first[rows], small_second[rows], found.pick(rows))
    _, quarter = _agreement(small_first[rows], small_second[rows], found, 0.0)
    hopeful = np.flatnonzero(quarter >= LEAST_SMALL_QUARTER)
    rows = rows[hopeful]
    found = refine_full(first[rows], second[rows], found.pick(hopeful))
    median, quarter = _agreement(first[rows], second[rows], found, STRONGEST)
    size = np.abs(found.turns)
    likely = likely[rows] | _close_pose(found)
    same = (median >= np.where(likely, LENIENT_MEDIAN, STRICT_MEDIAN)) & (size < LARGEST_SCALE)
    same &= (quarter >= np.where(likely, LENIENT_QUARTER, STRICT_QUARTER)) & (size > 1 / LARGEST_SCALE)
    return [
        (int(pairs[rows[k], 0]), int(pairs[rows[k], 1]), round(float(median[k]), 4), _words(found, int(k)))
        for k in np.flatnonzero(same)
    ]


def _close_pose(found: Alignment) -> NDArray[np.bool_]:
    size, degrees = np.abs(found.turns), np.degrees(np.abs(np.angle(found.turns)))
    near = (np.abs(found.shifts) <= CLOSE_SHIFT) & (size <= CLOSE_SCALE) & (size >= 1 / CLOSE_SCALE)
    return np.asarray(near & (degrees <= CLOSE_DEGREES) & ~found.flipped)


def _agreement(first: Layers, second: Layers, found: Alignment, left_out: float) -> tuple[Layers, Layers]:
    """Median and lower quartile of the blocks' agreement; 0 where fewer than 8 blocks have structure."""
    median, quarter = np.zeros(len(first), np.float32), np.zeros(len(first), np.float32)
    if len(first):
        agreement, counts = block_agreement(first, second, found, left_out)
        for row in np.flatnonzero(counts.sum(axis=1) >= FEWEST_BLOCKS):
            quarter[row], median[row] = np.quantile(agreement[row][counts[row]], (0.25, 0.5))
    return median, quarter


def _words(found: Alignment, row: int) -> str:
    turn, shift = complex(found.turns[row]), complex(found.shifts[row])
    flip = "flipped, " if found.flipped[row] else ""
    angle = float(np.degrees(np.angle(turn)))
    return (
        f"{flip}turned {angle:+.0f}°, scaled {abs(turn):.2f}, shifted {shift.real:+.0%} right, {shift.imag:+.0%} down"
    )
