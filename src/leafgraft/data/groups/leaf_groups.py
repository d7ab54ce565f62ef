"""Which photos show the same leaf.

Pairs are proposed by cheap hints, and each is verified on the pixels (`same_leaf`). Photos whose group the user gave
keep it, and a photo without one joins them if it shows their leaf. Pairs of different labels, and pairs of different
given groups, are reported, never merged.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.decode.thumbnails import Thumbnails, open_thumbnails
from leafgraft.data.groups.candidates import propose, propose_between, serial_pairs
from leafgraft.data.groups.descriptors import Description, kept_description, kept_measurements
from leafgraft.data.groups.neighbours import Pairs
from leafgraft.data.groups.same_leaf import Verified, compare
from leafgraft.data.groups.spectrum import Layers
from leafgraft.data.read.scan import Scan
from leafgraft.records.correction import NO_CORRECTIONS, NOT_SAME_LEAF, SAME_LEAF, Corrections
from leafgraft.records.disjoint_sets import root_of
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.cache_folder import CacheFolder


@dataclass(frozen=True, slots=True)
class LeafPair:
    """Two photos that were verified to show one leaf.

    Attributes:
        a_path: Path of the one.
        b_path: Path of the other.
        similarity: Correlation of fine structure where both lie; 1 if all pixels are equal, and only then.
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
        apart: Verified pairs of one class that groups given by the user keep apart.
        together: Pairs of which a person said that they show two leaves, and that other links keep in one group.
    """

    manifest: Manifest
    pairs: tuple[LeafPair, ...]
    crossing: tuple[LeafPair, ...]
    apart: tuple[LeafPair, ...] = ()
    together: tuple[tuple[str, str], ...] = ()


def find_pairs(scan: Scan, cache: CacheFolder, progress: Progress, jobs: int = 0) -> list[LeafPair]:
    """Find photos of the same leaf: those of equal pixels first, then the verified ones.

    Args:
        scan: Photos and their facts; what decides is their pixels, and names that follow each other.
        cache: Where small versions of the photos are kept.
        progress: Shows how far it is.
        jobs: Threads; 0 takes every core.
    """
    photos = scan.manifest.photos
    thumbnails = open_thumbnails(scan.manifest, cache, progress, jobs)
    paths = [photo.path for photo in photos]
    if len(photos) < 2:
        return []
    proposed = propose(thumbnails, *_described(scan.manifest, thumbnails, cache, progress, jobs), paths)
    hashes = np.array([facts.pixel_hash for facts in scan.facts])
    proposed = proposed[hashes[proposed[:, 0]] != hashes[proposed[:, 1]]]
    serial = _are_serial(paths, proposed)
    verified = _verify((thumbnails, thumbnails), proposed, serial, progress, jobs)
    return _equal_pixels(scan) + [
        LeafPair(paths[one.first], paths[one.second], one.similarity, one.transform) for one in verified
    ]


def group(manifest: Manifest, found: Sequence[LeafPair], corrections: Corrections = NO_CORRECTIONS) -> Groups:
    """Merge the photos of pairs of one class; what a person said of two photos goes before what pixels say.

    Args:
        manifest: Groups that the user gave stay as they are.
        found: Verified pairs.
        corrections: What people said of pairs.
    """
    label_of = {photo.path: photo.label for photo in manifest.photos}
    joined, parted = (
        {frozenset(pair): pair for pair in corrections.pairs(action) if label_of.keys() >= set(pair)}
        for action in (SAME_LEAF, NOT_SAME_LEAF)
    )
    alike: list[LeafPair] = []
    crossing: list[LeafPair] = []
    for pair in found:
        both = frozenset({pair.a_path, pair.b_path})
        if both in parted:
            continue
        if label_of[pair.a_path] == label_of[pair.b_path]:
            alike.append(pair)
        elif both not in joined:
            crossing.append(pair)
    merged, apart = merge(manifest, alike, tuple(joined.values()))
    group_of = {photo.path: photo.group for photo in merged.photos}
    together = tuple(pair for pair in parted.values() if group_of[pair[0]] == group_of[pair[1]])
    return Groups(merged, tuple(pair for pair in alike if pair not in apart), tuple(crossing), apart, together)


def correct_groups(groups: Groups, given: Scan, corrected: Scan, corrections: Corrections) -> Groups:
    """The groups of corrected photos, from the pairs that were verified before.

    Args:
        groups: Groups of the photos as they came.
        given: These photos, with the groups that the user gave or the scan named.
        corrected: The same, corrected.
        corrections: What people said.
    """
    group_of = dict(zip((one.path for one in given.manifest.photos), given_groups(given.manifest.photos), strict=True))
    photos = corrected.manifest.photos
    manifest = replace(
        corrected.manifest,
        photos=tuple(replace(one, group=group_of[one.path] or f"g-{one.photo_id}") for one in photos),
    )
    verified = [pair for pair in (*groups.pairs, *groups.crossing, *groups.apart) if pair.similarity < 1]
    there = {one.path for one in photos}
    left = [pair for pair in verified if {pair.a_path, pair.b_path} <= there]
    return group(manifest, [*_equal_pixels(corrected), *left], corrections)


def find_shared(home: Scan, away: Scan, cache: CacheFolder, progress: Progress, jobs: int = 0) -> tuple[LeafPair, ...]:
    """Find photos of a second folder that show what a photo of the training folder shows.

    Args:
        home: The training folder.
        away: The second folder.
        cache: Where small versions of the photos are kept.
        progress: Shows how far it is.
        jobs: Threads; 0 takes every core.

    Returns:
        Pairs of a path of `home` and a path of `away`: equal pixels first, then the same leaf.
    """
    first: dict[str, str] = {}
    for photo, facts in zip(home.manifest.photos, home.facts, strict=True):
        first.setdefault(facts.pixel_hash, photo.path)
    equal = tuple(
        LeafPair(first[facts.pixel_hash], photo.path, 1.0, "equal pixels")
        for photo, facts in zip(away.manifest.photos, away.facts, strict=True)
        if facts.pixel_hash in first
    )
    known = {pair.b_path for pair in equal}
    return equal + find_shared_leaves(home.manifest, away.manifest, cache, progress, jobs, known)


def find_shared_leaves(
    home: Manifest,
    away: Manifest,
    cache: CacheFolder,
    progress: Progress,
    jobs: int = 0,
    known: Collection[str] = (),
) -> tuple[LeafPair, ...]:
    """Find photos of one set that show a leaf of another set, those of equal pixels among them.

    Args:
        home: The one set.
        away: The other.
        cache: Where small versions of the photos are kept.
        progress: Shows how far it is.
        jobs: Threads; 0 takes every core.
        known: Paths of `away` that are not looked for.

    Returns:
        Pairs of a path of `home` and a path of `away`.
    """
    first, second = (open_thumbnails(one, cache, progress, jobs) for one in (home, away))
    if len(home.photos) > 1:
        measured, description = _described(home, first, cache, progress, jobs)
        others = kept_measurements([photo.photo_id for photo in away.photos], second, cache, progress, jobs)
        proposed = propose_between((first, second), (measured, others), description)
    else:  # one photo does not tell how to describe others
        proposed = np.array([(0, row) for row in range(len(away.photos))], dtype=np.int64).reshape(-1, 2)
    unknown = np.array([photo.path not in known for photo in away.photos], dtype=bool)
    proposed = proposed[unknown[proposed[:, 1]]]
    verified = _verify((first, second), proposed, np.zeros(len(proposed), dtype=bool), progress, jobs)
    ones, twos = ([photo.path for photo in one.photos] for one in (home, away))
    return tuple(LeafPair(ones[v.first], twos[v.second], v.similarity, v.transform) for v in verified)


def merge(
    manifest: Manifest, pairs: Sequence[LeafPair], joined: Sequence[tuple[str, str]] = ()
) -> tuple[Manifest, tuple[LeafPair, ...]]:
    """Give photos that hang together by pairs one group, the most similar pairs first.

    The group is the one that the user gave, else it is named after the first photo.

    Args:
        manifest: Photos with the groups that the user gave or the scan named.
        pairs: Verified pairs of one class.
        joined: Pairs that a person looked at and joined, whatever their groups and classes; given groups of the two
            become one.

    Returns:
        The manifest, and the pairs that would have merged two given groups.
    """
    row_of = {photo.path: row for row, photo in enumerate(manifest.photos)}
    above: dict[int, int] = {}
    given = given_groups(manifest.photos)
    apart: list[LeafPair] = []

    for a, b in joined:
        first, second = sorted((root_of(above, row_of[a]), root_of(above, row_of[b])))
        if given[first] and given[second]:  # their other photos, which no pair need name, come along
            given = [given[first] if of == given[second] else of for of in given]
        above[second] = first
        given[first] = given[first] or given[second]
    for pair in sorted(pairs, key=lambda pair: -pair.similarity):
        first, second = sorted((root_of(above, row_of[pair.a_path]), root_of(above, row_of[pair.b_path])))
        if given[first] and given[second] and given[first] != given[second]:
            apart.append(pair)
            continue
        above[second] = first
        given[first] = given[first] or given[second]
    roots = [root_of(above, row) for row in range(len(manifest.photos))]
    photos = tuple(
        replace(photo, group=given[root] or f"g-{manifest.photos[root].photo_id}")
        for photo, root in zip(manifest.photos, roots, strict=True)
    )
    return replace(manifest, photos=photos), tuple(apart)


def given_groups(photos: Sequence[Photo]) -> list[str]:
    """The group that the user gave each photo; empty where the scan named it."""
    own = {f"g-{photo.photo_id}" for photo in photos}
    return ["" if photo.group in own else photo.group for photo in photos]


def _described(
    manifest: Manifest, thumbnails: Thumbnails, cache: CacheFolder, progress: Progress, jobs: int
) -> tuple[Layers, Description]:
    """What is measured of the photos, and how photos like them are described; both kept for the next search."""
    ids = [photo.photo_id for photo in manifest.photos]
    measured = kept_measurements(ids, thumbnails, cache, progress, jobs)
    return measured, kept_description(ids, thumbnails, measured, cache, progress, jobs)


def _are_serial(paths: Sequence[str], pairs: Pairs) -> NDArray[np.bool_]:
    """Whether the names of each pair follow each other."""
    serial = {(int(a), int(b)) for a, b in serial_pairs(paths)}
    return np.array([(int(a), int(b)) in serial for a, b in pairs], dtype=bool)


def _equal_pixels(scan: Scan) -> list[LeafPair]:
    """Photos of equal pixels in different files, each with the first of its label and with the first of all."""
    first: dict[tuple[str, str], Photo] = {}
    found = []
    for photo, facts in zip(scan.manifest.photos, scan.facts, strict=True):
        own = first.get((facts.pixel_hash, photo.label))
        of_all = first.setdefault((facts.pixel_hash, ""), photo)
        first.setdefault((facts.pixel_hash, photo.label), photo)
        partner = own or (of_all if of_all is not photo else None)
        if partner:
            found.append(LeafPair(partner.path, photo.path, 1.0, "equal pixels"))
    return found


def _verify(
    both: tuple[Thumbnails, Thumbnails], proposed: Pairs, serial: NDArray[np.bool_], progress: Progress, jobs: int
) -> list[Verified]:
    """Those of the proposed pairs whose pixels agree."""
    with progress.task("Compare photos", len(proposed)) as advance:
        return compare(*both, proposed, serial, jobs, advance)
