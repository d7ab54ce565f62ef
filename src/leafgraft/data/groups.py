"""Which photos show the same leaf.

Pairs are proposed by cheap hints and each is verified on the pixels: the photos are laid over each other, and nearly
every patch of the overlap must show the same fine structure. Two leaves of one outline fail that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from leafgraft.data.alignment import Alignment, align_roughly, block_agreement, refine
from leafgraft.data.group_candidates import propose
from leafgraft.data.neighbours import Pairs
from leafgraft.data.scan import Scan
from leafgraft.data.spectrum import halve
from leafgraft.data.thumbnails import Thumbnails, open_thumbnails
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Progress
from leafgraft.storage.cache_folder import CacheFolder

CHUNK = 32  # pairs that are aligned together
LEAST_ROUGH = 0.45
LEAST_MEDIAN = 0.75
LEAST_QUARTER = 0.5
FEWEST_BLOCKS = 10
LARGEST_SCALE = 1.35


@dataclass(frozen=True, slots=True)
class LeafPair:
    """Two photos that were verified to show one leaf.

    Attributes:
        a_path: Path of the one.
        b_path: Path of the other.
        similarity: Median correlation of fine structure over patches of the overlap; 1 if all pixels are equal.
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
    free = np.array([photo.group.startswith("g-") for photo in photos], dtype=bool)
    hashes = np.array([facts.pixel_hash for facts in scan.facts])
    proposed = proposed[free[proposed].all(axis=1) & (hashes[proposed[:, 0]] != hashes[proposed[:, 1]])]
    found = _equal_pixels(scan, free) + _verify(thumbnails, proposed, photos, progress)
    label_of = {photo.path: photo.label for photo in photos}
    pairs = tuple(pair for pair in found if label_of[pair.a_path] == label_of[pair.b_path])
    crossing = tuple(pair for pair in found if label_of[pair.a_path] != label_of[pair.b_path])
    return Groups(merge(scan.manifest, pairs), pairs, crossing)


def merge(manifest: Manifest, pairs: Sequence[LeafPair]) -> Manifest:
    """Give photos that hang together by pairs one group, named after the first of them; labels never mix."""
    row_of = {photo.path: row for row, photo in enumerate(manifest.photos)}
    parent = list(range(len(manifest.photos)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def join(one: int, other: int) -> None:
        first, second = sorted((root(one), root(other)))
        parent[second] = first

    for pair in pairs:
        join(row_of[pair.a_path], row_of[pair.b_path])
    photos = []
    for row, photo in enumerate(manifest.photos):
        head = root(row)
        size_one = head == row
        photos.append(replace(photo, group=photo.group if size_one else manifest.photos[head].group))
    return replace(manifest, photos=tuple(photos))


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
    chunks = [proposed[start : start + CHUNK] for start in range(0, len(proposed), CHUNK)]
    found: list[LeafPair] = []
    with (
        progress.task("Compare photos", len(proposed)) as advance,
        threadpool_limits(1),
        ThreadPoolExecutor(os.cpu_count()) as threads,
    ):
        for chunk, verdicts in zip(
            chunks, threads.map(lambda one: list(compare(thumbnails, one)), chunks), strict=True
        ):
            found += [
                LeafPair(photos[a].path, photos[b].path, similarity, words) for a, b, similarity, words in verdicts
            ]
            advance(len(chunk))
    return found


def compare(thumbnails: Thumbnails, pairs: Pairs) -> Iterator[tuple[int, int, float, str]]:
    """Verify pairs on the pixels: yield rows, similarity and transform of those that show one leaf."""
    first = thumbnails.grey_nhw[pairs[:, 0]].astype(np.float32)
    second = thumbnails.grey_nhw[pairs[:, 1]].astype(np.float32)
    rough = align_roughly(halve(first), halve(second))
    hopeful = np.flatnonzero(rough.score >= LEAST_ROUGH)
    if not len(hopeful):
        return
    first, second, pairs = first[hopeful], second[hopeful], pairs[hopeful]
    found = refine(first, second, rough.pick(hopeful))
    agreement, counts = block_agreement(first, second, found)
    for row, (a, b) in enumerate(pairs):
        blocks = agreement[row][counts[row]]
        if len(blocks) < FEWEST_BLOCKS or not 1 / LARGEST_SCALE < abs(found.turns[row]) < LARGEST_SCALE:
            continue
        middle, quarter = float(np.median(blocks)), float(np.quantile(blocks, 0.25))
        if middle >= LEAST_MEDIAN and quarter >= LEAST_QUARTER:
            yield int(a), int(b), round(middle, 4), _words(found, row)


def _words(found: Alignment, row: int) -> str:
    turn, shift = complex(found.turns[row]), complex(found.shifts[row])
    flip = "flipped, " if found.flipped[row] else ""
    angle = float(np.degrees(np.angle(turn)))
    return f"{flip}turned {angle:+.0f}°, scaled {abs(turn):.2f}, shifted {shift.real:+.0%} across and {shift.imag:+.0%} down"
