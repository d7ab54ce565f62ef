"""Labels of a place: which photo each stands for, and what cannot be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leafgraft.data.read.scan import Scan
from leafgraft.data.read.source import Source, SourceFile
from leafgraft.data.read.spelling import as_on_disk, composed, group_fault, is_file
from leafgraft.errors import LabelsError
from leafgraft.records.display import counted, did_you_mean, first_of, name_meant
from leafgraft.records.field_labels import CANNOT_TELL, NONE_OF_THESE, FieldLabel
from leafgraft.records.photo import Manifest, Photo
from leafgraft.storage.field_labels import place_of
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.field.given_labels import GivenLabels, time_of

LEAST, LEAST_LEAVES, NAMED = 10, 5, 3


@dataclass(frozen=True, slots=True)
class PlaceLabels:
    """Labelled photos of a place.

    Attributes:
        manifest: The photos that are of a class of the study, with their groups.
        said: What was left out and why, and what is missing, in words.
    """

    manifest: Manifest
    said: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Photos by class."""
        return dict(sorted(Counter(photo.label for photo in self.manifest.photos).items()))


def read_place(files: Sequence[GivenLabels], home: Manifest, looking: Looking) -> PlaceLabels:
    """Read the photos that labels are of.

    Args:
        files: The labels, by file.
        home: The study's own photos: their labels are not taken again.
        looking: How to look at photos.

    Raises:
        LabelsError: A label is no class of the study, a group is written in two ways, no photo is there, or there are
            too few to learn from.
        PhotosError: No photo can be read.
    """
    files = [_of_classes(file, home.classes) for file in files]
    groups, path = _groups_of(files), files[0].path
    agreed, said = _agreed(_votes(files))
    answers = Counter(one for one in agreed.values() if one in {NONE_OF_THESE, CANNOT_TELL})
    said += [f"{counted(number, 'photo')} labelled '{name}': not fitted to." for name, number in answers.items()]
    of_class = {place: name for place, name in agreed.items() if name not in answers}
    there, lost = _find(of_class)
    if lost and not there:
        raise LabelsError(
            f"'{path}' must name photos that are there.",
            f"None of {len(lost):,} is; the first is '{lost[0]}'.",
            "Paths are relative to the folder of the file: put it where it was written, or mend the paths.",
        )
    said += _left_out(lost, "is not there", "are not there")
    _check_enough(path, [of_class[place] for place in there.values()], len(there), said)
    listed = tuple(SourceFile(file, of_class[place], groups[place]) for file, place in sorted(there.items()))
    scanned = looking.scan(Source(path.parent.resolve(), listed), least_classes=1)
    new, of_home = _without_home(scanned, home, looking)
    said += of_home
    manifest = looking.groups(new).manifest
    said += _left_out([f"{one.path} ({one.reason})" for one in manifest.unreadable], "cannot be read", "cannot be read")
    if manifest.conflicts:
        said.append(f"Two labels for copies of one photo, left out: {_sets(manifest.conflicts)}.")
    if manifest.copies:
        said.append(f"Copies of one photo, counted once: {_sets(manifest.copies)}.")
    _check_enough(path, *_labels_and_leaves(manifest.photos), said)
    without = [name for name in home.classes if name not in manifest.classes]
    said += [
        f"No photo is labelled {name}: of that class the head knows home alone, and these answers are untested there."
        for name in without
    ]
    return PlaceLabels(manifest, tuple(said))


def _without_home(scanned: Scan, home: Manifest, looking: Looking) -> tuple[Scan, list[str]]:
    """The photos that show no leaf of the study, whatever their bytes are; and what is left out, in words."""
    photos, home_ids = scanned.manifest.photos, {photo.photo_id for photo in home.photos}
    own = [one.path for one in photos if one.photo_id in home_ids]
    alike = sorted(looking.shown_in(home, scanned.manifest) - set(own))
    said = _left_out(own, "is in the study already", "are in the study already")
    said += _left_out(alike, "shows a leaf that is in the study", "show leaves that are in the study")
    known = {*own, *alike}
    return scanned.rows([row for row, one in enumerate(photos) if one.path not in known]), said


def _of_classes(file: GivenLabels, classes: Sequence[str]) -> GivenLabels:
    """The labels by the names that the study has for its classes."""
    allowed = [*classes, NONE_OF_THESE, CANNOT_TELL]
    labels = [replace(one, label=name_meant(composed(one.label), allowed)) for one in file.labels]
    for one in labels:
        if one.label not in allowed:
            raise LabelsError(
                f"Labels in '{file.path}' must be {', '.join(classes)}, '{NONE_OF_THESE}' or '{CANNOT_TELL}'.",
                f"'{one.path}' is labelled '{one.label}'.",
                did_you_mean(one.label, allowed, "Mend it, or delete the line.", cutoff=0.5),
            )
    return replace(file, labels=tuple(labels))


def _groups_of(files: Sequence[GivenLabels]) -> dict[str, str]:
    """Group of each photo by its place on the disk, the last that is given.

    Raises:
        LabelsError: One is written in two ways: it would be two.
    """
    groups: dict[str, str] = {}
    for file in files:
        for one in file.labels:
            place = place_of(one.path, file.folder)
            groups[place] = composed(one.group) or groups.get(place, "")
    if fault := group_fault([(group, place) for place, group in groups.items()]):
        raise LabelsError(f"Labels in '{files[0].path}' must write each group in one way.", *fault)
    return groups


def _votes(files: Sequence[GivenLabels]) -> dict[str, list[str]]:
    """By place on the disk what labellers say: each once, whatever files it stands in, and the later of two answers.

    Who gives no name is one person in each file.
    """
    found: dict[str, dict[tuple[str, str], FieldLabel]] = {}
    for file in files:
        for one in file.labels:
            who = (one.labeller, "" if one.labeller else str(file.path))
            of_photo = found.setdefault(place_of(one.path, file.folder), {})
            if time_of(one.time) >= time_of(of_photo.setdefault(who, one).time):
                of_photo[who] = one
    return {place: [composed(one.label) for one in of.values()] for place, of in found.items()}


def _agreed(given: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], list[str]]:
    """By place on the disk the label that most labellers give; photos where none has a majority are left out."""
    agreed, split = {}, []
    for place, names in given.items():
        (name, votes), *others = Counter(names).most_common()
        if others and others[0][1] == votes:
            split.append(place)
        else:
            agreed[place] = name
    return agreed, _left_out(split, "has labellers who disagree", "have labellers who disagree")


def _find(places: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Places as the disk spells them, with how the labels do; and those where no file is."""
    there, lost = {}, []
    for place in places:
        found = as_on_disk(Path(place))
        if is_file(found):
            there[str(found)] = place
        else:
            lost.append(place)
    return there, lost


def _left_out(paths: Sequence[str], one: str, several: str) -> list[str]:
    if not paths:
        return []
    return [f"Left out: {counted(len(paths), f'photo {one}', f'photos {several}')}: {first_of(paths, NAMED)}."]


def _sets(of_copies: Sequence[Sequence[str]]) -> str:
    return first_of([", ".join(paths) for paths in of_copies], NAMED, "; ")


def may_be_fitted(photos: Sequence[Photo]) -> bool:
    """Whether there are enough photos, classes and leaves to fit to and to cross-validate."""
    return _are_enough(*_labels_and_leaves(photos))


def _labels_and_leaves(photos: Sequence[Photo]) -> tuple[list[str], int]:
    return [photo.label for photo in photos], len({photo.group for photo in photos})


def _are_enough(labels: Sequence[str], leaves: int) -> bool:
    return len(labels) >= LEAST and len(set(labels)) > 1 and leaves >= LEAST_LEAVES


def _check_enough(path: Path, labels: Sequence[str], leaves: int, said: Sequence[str]) -> None:
    if _are_enough(labels, leaves):
        return
    counts = Counter(labels)
    told = ", ".join(f"{name} {number}" for name, number in sorted(counts.items())) or "none"
    raise LabelsError(
        f"'{path}' must label at least {LEAST} photos that can be used, of at least 2 classes and "
        f"{LEAST_LEAVES} leaves.",
        " ".join([f"It labels {counts.total()} ({told}) of {counted(leaves, 'leaf', 'leaves')}.", *said]),
        "Label more: `leafgraft pick` says which are most worth it.",
    )
