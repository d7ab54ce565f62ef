"""Read every photo once: identity, facts, exact copies, what cannot be read."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from leafgraft.data.decode.kept_photos import Filling, kept_photos
from leafgraft.data.decode.photo import UnreadableError, read_photo_file
from leafgraft.data.decode.pixel_rows import check_unchanged
from leafgraft.data.read.facts import PhotoFacts, measure
from leafgraft.data.read.facts_cache import read_facts, write_facts
from leafgraft.data.read.listing import are_plants
from leafgraft.data.read.source import Source, SourceFile
from leafgraft.errors import PhotosError
from leafgraft.records.digest import photo_id_of
from leafgraft.records.disjoint_sets import joined as joined_sets
from leafgraft.records.display import counted
from leafgraft.records.photo import Manifest, Photo, Taken, Unreadable
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.cache.kept_rows import SAVE_EVERY_S


@dataclass(frozen=True, slots=True)
class Scan:
    """All readable photos in fixed order, and what was measured of each.

    Attributes:
        manifest: The photos, and what was left out and why.
        facts: ``facts[i]`` belongs to ``manifest.photos[i]``.
    """

    manifest: Manifest
    facts: tuple[PhotoFacts, ...]

    def rows(self, chosen: Sequence[int]) -> Scan:
        """Some of the photos, in the order given."""
        photos = tuple(self.manifest.photos[row] for row in chosen)
        return Scan(replace(self.manifest, photos=photos), tuple(self.facts[row] for row in chosen))


def scan(
    source: Source,
    cache: CacheFolder,
    progress: Progress,
    jobs: int = 0,
    least_classes: int = 2,
    side: int | None = None,
) -> Scan:
    """Read all files of `source`; photos of equal pixels share a group.

    Byte-identical copies are left out, all but the first; under two labels, all of them. A photo that was not seen
    before is decoded once: its facts, its small versions and its pixels at `side` come from that.

    Args:
        source: What to read.
        cache: Where facts of photos seen before are kept.
        progress: Shows how far it is.
        jobs: Threads; 0 takes every core (decoding and hashing leave the interpreter free).
        least_classes: That must hold a readable photo; 1 for photos without labels.
        side: Pixels at which photos will be asked for; 0 if small versions are enough, None if nothing but the facts.

    Raises:
        PhotosError: Fewer classes hold a readable photo, or a photo changes meanwhile.
        StudyFolderError: The disk is full.
    """
    ids, unreadable = _identify(source, jobs)
    entry = cache.entry("facts", "facts.sqlite")
    known = read_facts(entry, sorted(set(ids.values())), progress.say)
    first: dict[str, SourceFile] = {}
    for file in source.files:
        if file.path in ids:
            first.setdefault(ids[file.path], file)
    by_path, unseen = sorted(first, key=lambda photo_id: first[photo_id].path), first.keys() - known.keys()
    filled = kept_photos(by_path, cache, side if unseen else None)  # as if all could be used
    with filled.fill(len(unseen), progress) as filling:
        if filled.arrays:  # another scan may have been waited for
            known |= read_facts(entry, sorted(unseen), progress.say)
        new = {photo_id: file for photo_id, file in first.items() if photo_id not in known}
        answers = _measure_new(source, new, filling, entry, progress, jobs)
    known |= {photo_id: one for photo_id, one in answers.items() if isinstance(one, PhotoFacts)}
    refused = {photo_id: one for photo_id, one in answers.items() if isinstance(one, UnreadableError)}
    unreadable += [
        Unreadable(file.path, refused[ids[file.path]].reason, refused[ids[file.path]].mend)
        for file in source.files
        if ids.get(file.path, "") in refused
    ]
    unreadable = sorted((*source.skipped, *unreadable), key=lambda one: one.path)
    joined = _joined_by_copies(source, ids)
    scanned = _assemble(source, ids, known, unreadable, joined)
    if filled.arrays:
        used = [photo.photo_id for photo in scanned.manifest.photos]
        filled.hand_over(kept_photos(used, cache, side), progress)
    _check_classes(scanned.manifest, source, least_classes)
    for words in scanned.manifest.taken.in_words():
        progress.say(words)
    _say_left_out(scanned.manifest, progress, "The audit lists them." if least_classes > 1 else "")
    return scanned


def _say_left_out(manifest: Manifest, progress: Progress, where: str) -> None:
    """One line for all that is not used as it was found."""
    counts = {
        "cannot be used": len(manifest.unreadable),
        "are copies of others": sum(len(of) - 1 for of in manifest.copies),
        "lie under two labels": sum(len(of) for of in manifest.conflicts),
    }
    if any(counts.values()):
        told = ", ".join(f"{count:,} that {what}" for what, count in counts.items() if count)
        progress.say(f"Files left out: {told}. {where}".rstrip())
    if manifest.respelled:
        one = manifest.respelled[0]
        progress.say(
            f"{counted(len(manifest.respelled), 'path')} of the CSV found under another spelling, "
            f"first '{one.written}' as {one.found}."
        )


def _identify(source: Source, jobs: int) -> tuple[dict[str, str], list[Unreadable]]:
    """Photo id of every file that can be opened."""

    def identify(file: SourceFile) -> str | Unreadable:
        try:
            return photo_id_of(read_photo_file(source.root / file.path))
        except UnreadableError as error:
            return Unreadable(file.path, error.reason, error.mend)

    with ThreadPoolExecutor(jobs or os.cpu_count()) as threads:
        answers = list(threads.map(identify, source.files))
    ids = {file.path: one for file, one in zip(source.files, answers, strict=True) if isinstance(one, str)}
    return ids, [one for one in answers if isinstance(one, Unreadable)]


def _measure_new(
    source: Source, new: Mapping[str, SourceFile], filling: Filling, entry: Path, progress: Progress, jobs: int
) -> dict[str, PhotoFacts | UnreadableError]:
    """By photo id the facts of photos not seen before, or why they cannot be read; kept on the way."""

    def measure_one(photo_id: str) -> PhotoFacts | UnreadableError:
        try:
            path = source.root / new[photo_id].path
            content = read_photo_file(path)
            check_unchanged(path, content, photo_id)
            return measure(content, photo_id, partial(filling.keep, photo_id))
        except UnreadableError as error:
            return error

    answers: dict[str, PhotoFacts | UnreadableError] = {}
    unkept: list[PhotoFacts] = []
    saved_s = time.monotonic()
    with progress.task("Scan photos", len(new)) as advance, ThreadPoolExecutor(jobs or os.cpu_count()) as threads:
        try:
            for photo_id, answer in zip(new, threads.map(measure_one, new), strict=True):
                answers[photo_id] = answer
                unkept += [answer] if isinstance(answer, PhotoFacts) else []
                if time.monotonic() - saved_s >= SAVE_EVERY_S:
                    write_facts(entry, unkept, progress.say)
                    filling.save()
                    unkept, saved_s = [], time.monotonic()
                advance(1)
        finally:
            write_facts(entry, unkept, progress.say)
    return answers


def _empty_classes(source: Source, used: AbstractSet[str], unreadable: Sequence[Unreadable]) -> dict[str, str]:
    """Classes of the source without a photo that can be used, and why."""
    why = {one.path: f"{one.reason}: {one.mend}" if one.mend else one.reason for one in unreadable}
    files: dict[str, list[str]] = {}
    for file in source.files:
        files.setdefault(file.label, []).append(file.path)
    empty = dict(source.empty)
    for label in files.keys() - used:
        first = next((path for path in files[label] if path in why), "")
        reason = f"{first}: {why[first]}" if first else "all lie under another label too"
        empty[label] = f"none of its {counted(len(files[label]), 'file')} can be used; {reason}"
    return dict(sorted(empty.items()))


def _check_classes(manifest: Manifest, source: Source, least: int) -> None:
    if len(manifest.classes) >= least:
        return
    found = f"{len(manifest.photos)} of {counted(len(source.files), 'file')} can be used"
    if least == 1:
        first = "".join(f" {one.path}: {one.reason}." for one in manifest.unreadable[:1])
        asked = f"'{manifest.root}' must hold photos that can be read."
        raise PhotosError(asked, f"{found}.{first}", "Name another folder.")
    raise PhotosError(
        f"'{manifest.root}' must hold photos of at least {least} classes that can be read.",
        f"{found}, of {counted(len(manifest.classes), 'class', 'classes')}."
        + "".join(f" Class '{name}': {reason}." for name, reason in manifest.empty.items()),
        "Give each class photos that can be read, or name another folder.",
    )


def _joined_by_copies(source: Source, ids: Mapping[str, str]) -> dict[str, str]:
    """Groups of the user that hold copies of one photo, each with the one that it becomes: they show one leaf."""
    groups: dict[str, list[str]] = {}
    for file in source.files:
        if file.group and file.path in ids:
            groups.setdefault(ids[file.path], []).append(file.group)
    return joined_sets(groups.values())


def _assemble(
    source: Source,
    ids: Mapping[str, str],
    known: Mapping[str, PhotoFacts],
    unreadable: Sequence[Unreadable],
    joined: Mapping[str, str],
) -> Scan:
    by_id: dict[str, list[SourceFile]] = {}
    for file in source.files:
        if ids.get(file.path) in known:
            by_id.setdefault(ids[file.path], []).append(file)
    copies, conflicts, kept = [], [], []
    place_of_copy, split_of_copy = dict[str, str](), dict[str, str]()
    for photo_id, files in by_id.items():
        paths = tuple(file.path for file in files)
        if len({file.label for file in files}) > 1:
            conflicts.append(paths)
            continue
        if len(files) > 1:
            copies.append(paths)
            place_of_copy |= {file.path: file.place for file in files}
            split_of_copy |= {file.path: file.split for file in files if file.split}
        given = next((file.group for file in files if file.group), "")
        kept.append((replace(files[0], group=joined.get(given, given)), known[photo_id]))
    group_of = {(facts.pixel_hash, file.label): file.group for file, facts in reversed(kept) if file.group}
    photos = []
    for file, facts in sorted(kept, key=lambda item: item[0].path):
        group = file.group or group_of.setdefault((facts.pixel_hash, file.label), f"g-{facts.photo_id}")
        photos.append(
            Photo(facts.photo_id, file.path, file.label, facts.width, facts.height, group, file.split, file.place)
        )
    root = str(source.root)
    empty = _empty_classes(source, {photo.label for photo in photos}, unreadable)
    left_out = (tuple(unreadable), tuple(copies), tuple(conflicts), source.passed_over)
    labels = sorted({file.label for file in source.files})
    plants = tuple(labels) if are_plants(labels) and labels != [""] else ()
    taken = Taken(source.below, source.unused, joined, guessed=source.guessed, plants=plants)
    manifest = Manifest(root, tuple(photos), *left_out, empty, source.respelled, taken, place_of_copy, split_of_copy)
    return Scan(manifest, tuple(known[photo.photo_id] for photo in photos))
