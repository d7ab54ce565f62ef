"""What people corrected of photos, applied to them: labels changed, photos left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from leafgraft.data.read.scan import Scan
from leafgraft.data.read.spelling import PhotoNames
from leafgraft.errors import LabelsError, PhotosError
from leafgraft.records.correction import EXCLUDE, OF_PAIRS, RELABEL, Correction, Corrections
from leafgraft.records.display import counted, did_you_mean, first_of, name_meant
from leafgraft.records.photo import Manifest
from leafgraft.storage.corrections import read_corrections

MOST_SHOWN = 5


def corrections_of(path: Path, manifest: Manifest) -> Corrections:
    """Read a file of corrections, and find the photo of each.

    A photo that the study leaves out already needs no correction; a copy stands for the one that is kept.

    Args:
        path: The file; its paths are relative to the photos folder, as those of a group file.
        manifest: The photos as they came.

    Raises:
        LabelsError: It cannot be read; names a photo that is not there, or a class; says what is so already; or says
            two things of one photo or pair.
    """
    found, idle = _find_photos(path, read_corrections(path), manifest)
    given = {photo.path: photo.label for photo in manifest.photos}
    rows = [_checked(path, row, given, manifest) for row in found]
    ids = {photo.path: photo.photo_id for photo in manifest.photos}
    named = {one for row in rows for one in row.target}
    return Corrections(
        str(path.absolute()),
        _said_once(path, rows),
        {one: given[one] for one in sorted(named)},
        {one: ids[one] for one in sorted(named)},
        tuple(dict.fromkeys(idle)),
    )


def correct(scanned: Scan, corrections: Corrections) -> Scan:
    """The photos with their labels corrected, and without those that are excluded.

    Raises:
        PhotosError: Fewer than 2 classes are left.
    """
    labels = {row.path: row.label for row in corrections.of(RELABEL)}
    excluded = {row.path for row in corrections.of(EXCLUDE)}
    photos = scanned.manifest.photos
    kept = scanned.rows([row for row, photo in enumerate(photos) if photo.path not in excluded])
    changed = tuple(replace(one, label=labels.get(one.path, one.label)) for one in kept.manifest.photos)
    manifest = replace(kept.manifest, photos=changed)
    gone = [name for name in scanned.manifest.classes if name not in manifest.classes]
    if len(manifest.classes) < 2:
        raise PhotosError(
            f"'{corrections.file}' must leave photos of at least 2 classes.",
            f"It leaves {counted(len(changed), 'photo')} of {', '.join(manifest.classes) or 'none'}.",
            "Delete the lines that exclude or relabel too much.",
        )
    reason = "all its photos were relabelled or excluded by corrections"
    empty = {**manifest.empty, **dict.fromkeys(gone, reason)}
    empty = {name: why for name, why in empty.items() if name not in manifest.classes}
    return replace(kept, manifest=replace(manifest, empty=dict(sorted(empty.items()))))


def _find_photos(path: Path, given: Sequence[Correction], manifest: Manifest) -> tuple[list[Correction], list[str]]:
    """The corrections with the paths of their photos, and the photos that are left out anyway."""
    kept_as = {copy: of[0] for of in manifest.copies for copy in of}
    left_out = {one.path for one in manifest.unreadable} | {one for of in manifest.conflicts for one in of}
    names = PhotoNames(manifest.root, (*(photo.path for photo in manifest.photos), *kept_as, *sorted(left_out)))
    found: list[Correction] = []
    idle: list[str] = []
    unknown: list[tuple[str, int]] = []
    for row in given:
        places = {}
        for written in (row.path, row.group) if row.action in OF_PAIRS else (row.path,):
            matches = names.find(written)
            if len(matches) > 1:
                raise LabelsError(
                    f"Line {row.line} of '{path}' must say which photo it means.",
                    f"'{written}' is the name of {len(matches)} photos: {first_of(matches, MOST_SHOWN)}.",
                    f"Write the path relative to the photos folder: {matches[0]}.",
                )
            if matches:
                places[written] = kept_as.get(matches[0], matches[0])
            elif names.is_file(written):
                left_out.add(places.setdefault(written, written))
            else:
                unknown.append((written, row.line))
        if left_out.intersection(places.values()):
            idle.append(row.path)
        elif row.path in places:
            other = places.get(row.group, row.group) if row.action in OF_PAIRS else ""
            found.append(replace(row, path=places[row.path], group=other))
    if unknown:
        raise _not_there(path, unknown, names, manifest, len(given))
    return found, idle


def _checked(path: Path, row: Correction, given: dict[str, str], manifest: Manifest) -> Correction:
    """The correction, if it can be made.

    Raises:
        LabelsError: It names no class, or says what is so already.
    """
    if row.action in OF_PAIRS and row.path == row.group:
        found = "They are byte-identical copies, of which one is kept."
        raise LabelsError(f"Line {row.line} of '{path}' must name two photos.", found, "Delete the line.")
    if row.action != RELABEL:
        return row
    known = sorted({*manifest.classes, *manifest.empty})
    row = replace(row, label=name_meant(row.label, known))
    if row.label not in known:
        raise LabelsError(
            f"Line {row.line} of '{path}' must name a class of the photos.",
            f"It is '{row.label}'; there are {', '.join(known)}.",
            did_you_mean(row.label, known, "Mend the name.", cutoff=0.5),
        )
    if row.label == given[row.path]:
        raise LabelsError(
            f"Line {row.line} of '{path}' must give '{row.path}' another label.",
            f"It has the label '{row.label}' already.",
            "If it was corrected at its source, delete the line; if its label is right, write keep.",
        )
    return row


def _said_once(path: Path, rows: Sequence[Correction]) -> tuple[Correction, ...]:
    """One correction of each photo or pair, with the names of all who say it.

    Raises:
        LabelsError: Two contradict each other.
    """
    first: dict[frozenset[str], Correction] = {}
    labellers: dict[frozenset[str], tuple[str, ...]] = {}
    for row in rows:
        before = first.setdefault(row.target, row)
        if before.said != row.said:
            raise LabelsError(
                f"'{path}' must say one thing of {' and '.join(sorted(row.target))}.",
                f"Line {before.line} says {_words(before)}, line {row.line} says {_words(row)}.",
                "Decide which is right, and delete the other line.",
            )
        labellers[row.target] = (*labellers.get(row.target, ()), *filter(None, [row.labeller]))
    return tuple(replace(row, labeller=" and ".join(dict.fromkeys(labellers[target]))) for target, row in first.items())


def _words(row: Correction) -> str:
    what = f"{row.action} {row.label}" if row.action == RELABEL else row.action
    return f"'{what}'" + (f" by {row.labeller}" if row.labeller else "")


def _not_there(
    path: Path, unknown: Sequence[tuple[str, int]], names: PhotoNames, manifest: Manifest, lines: int
) -> LabelsError:
    shown = first_of([f"{written} (line {line})" for written, line in unknown], MOST_SHOWN)
    near = names.near(unknown[0][0])
    if len({line for _, line in unknown}) == lines and not near:
        mend = f"It seems to correct photos of another folder. Paths are relative to '{manifest.root}'."
    elif near:
        mend = f"Did you mean '{near}'?"
    else:
        mend = (
            f"Write paths relative to it, such as {manifest.photos[0].path}, and delete lines of photos that are gone."
        )
    return LabelsError(
        f"'{path}' must name photos of '{manifest.root}'.",
        f"It names {len(unknown):,} that are not there: {shown}.",
        mend,
    )
