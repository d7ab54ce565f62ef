"""Photos and the manifest that lists them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath, PurePosixPath

from leafgraft.records.display import counted, first_of
from leafgraft.records.look_alikes import as_seen

MOST_KINDS = 6  # of files, named
MOST_NAMED = 3
_NAMED_BY_SCAN = re.compile(r"g-[0-9a-f]{16}")  # a group without a person's name, by its first photo


@dataclass(frozen=True, slots=True)
class Photo:
    """One readable photo.

    Attributes:
        photo_id: First 16 hexadecimal digits of the SHA-256 of the file's bytes.
        path: Path relative to the photos folder, with forward slashes.
        label: Class name.
        width: Width in pixels, after EXIF rotation.
        height: Height in pixels, after EXIF rotation.
        group: Photos of one leaf share a group; a group never straddles two splits.
        split: ``train``, ``validation`` or ``test`` if the source came with its own split, else empty.
        place: Where its like was taken, or empty: all photos of a source have one, or none has.
    """

    photo_id: str
    path: str
    label: str
    width: int
    height: int
    group: str
    split: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that was listed and left out.

    Attributes:
        path: Path relative to the photos folder.
        reason: Why it is not used, in words.
        mend: What makes it usable, where nothing is wrong with the photo itself; else empty.
    """

    path: str
    reason: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Respelled:
    """A path of a CSV that is written otherwise on the disk.

    Attributes:
        written: As the CSV has it.
        found: As the disk has it.
    """

    written: str
    found: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What a person may have meant otherwise.

    Attributes:
        below: Classes with folders below theirs, whose photos are of the class, too; the names of these.
        unused: Columns of a CSV that say nothing here.
        joined: Groups that hold copies of one photo, each with the one that it becomes.
        other_labels: By path, labels of a group file that are not the photo's class.
        guessed: What was taken for the encoding of a CSV that is none of Unicode's, and the first name that it gave.
        plants: Classes, where all are called by plants or days.
    """

    below: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    joined: Mapping[str, str] = field(default_factory=dict)
    other_labels: Mapping[str, str] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()
    plants: tuple[str, ...] = ()

    def since(self, before: Taken) -> Taken:
        """What was taken after `before`."""
        joined = {one: other for one, other in self.joined.items() if one not in before.joined}
        unused = tuple(one for one in self.unused if one not in before.unused)
        other_labels = {path: label for path, label in self.other_labels.items() if path not in before.other_labels}
        return Taken(unused=unused, joined=joined, other_labels=other_labels)

    def in_words(self) -> list[str]:
        """What groups, columns and folders were taken for."""
        said = []
        if self.joined:
            said.append(joined_in_words(self.joined))
        if self.unused:
            columns = ", ".join(self.unused)
            said.append(
                f"Columns of the CSV that are not used: {columns}. What shows one leaf goes by 'group', a part of a "
                "split by 'split'."
            )
        if self.other_labels:
            path, label = next(iter(self.other_labels.items()))
            photos = counted(len(self.other_labels), "photo")
            said.append(
                f"The group file gives {photos} another class, which counts for nothing: {path} is '{label}' there."
            )
        if self.guessed:
            encoding, name = self.guessed
            said.append(
                f"Letters of the CSV were read as {encoding}, as in '{name}'. If that is wrong, save the CSV as UTF-8."
            )
        if self.plants:
            said.append(
                f"Classes are called by plants or days: {first_of(self.plants, MOST_NAMED)}. If they show one class, "
                "name the folder above, which holds all classes."
            )
        if self.below:
            names = [f"{label}/{name}" for label, below in self.below.items() for name in below]
            said.append(f"Folders below a class are taken as part of it: {first_of(names, MOST_NAMED)}.")
            several = next((label for label, below in self.below.items() if len(below) > 1), "")
            said[-1] += (
                f" If they are classes, name the folder '{several}' instead."
                if several
                else f" If they are classes, move them out of '{next(iter(self.below))}'."
            )
        return said


def joined_in_words(groups: Mapping[str, str]) -> str:
    """Which groups were joined."""
    pairs = first_of([f"'{other}' + '{one}'" for one, other in groups.items()], MOST_NAMED)
    return f"Groups joined, as copies of one photo are in both: {pairs}."


def passed_over_in_words(passed_over: Sequence[str]) -> str:
    """How many files and folders (their paths end in /) are no photos, and of which kinds."""
    kinds = Counter(map(kind_of_file, passed_over))
    named = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(MOST_KINDS))
    more = f" and {counted(len(kinds) - MOST_KINDS, 'other kind')}" if len(kinds) > MOST_KINDS else ""
    what = counted(len(passed_over), "file or folder is", "files or folders are")
    return f"{what} passed over as no photos: {named}{more}"


def as_given(group: str) -> str:
    """A group as a person gave it, who may have copied it from a manifest.csv: such a name is nobody's otherwise."""
    return f"leaf-{group[2:]}" if _NAMED_BY_SCAN.fullmatch(group) else group


def class_key(name: str) -> str:
    """What is left of a class name without what cannot be seen, case, blanks, underscores, hyphens and last full stops.

    Those between digits stay, and the sign of a number: grade 1-1 is not grade 11, -1 is not 1.
    """
    parted = re.sub(r"(?!^-\d)[\s_\-]+", " ", as_seen(name)).strip()
    return re.sub(r"(?<!\d) | (?!\d)", "", parted).rstrip(".")


def kind_of_file(path: str) -> str:
    """What a file that is no photo is called when such files are counted: by its suffix, mostly; a folder by name."""
    name = PurePosixPath(path).name
    if path.endswith("/"):
        return f"{name}/"
    if name.casefold() in {"thumbs.db", ".ds_store", "desktop.ini"}:
        return name
    return "hidden" if name.startswith(".") else PurePath(name.strip()).suffix.lower() or "without suffix"


@dataclass(frozen=True, slots=True)
class Manifest:
    """All photos of a study in fixed order (by path).

    Attributes:
        root: Absolute path of the photos folder.
        photos: Readable photos, sorted by path, byte-identical copies left out.
        unreadable: Files that could not be read.
        copies: Sets of paths of byte-identical files under one label; the first of each is among `photos`.
        conflicts: Sets of paths of byte-identical files under two or more labels; none is among `photos`.
        passed_over: Files that are no photos, and folders that systems keep for themselves (these end in ``/``).
        empty: Classes without a photo that can be used, and why.
        respelled: Paths of a CSV that are written otherwise on the disk.
        taken: What a person may have meant otherwise.
        place_of_copy: Of each file in `copies` its place, where photos have places.
        split_of_copy: Of each file in `copies` its part of the split that the photos came with, if they did.
    """

    root: str
    photos: tuple[Photo, ...]
    unreadable: tuple[Unreadable, ...] = ()
    copies: tuple[tuple[str, ...], ...] = ()
    conflicts: tuple[tuple[str, ...], ...] = field(default=())
    passed_over: tuple[str, ...] = ()
    empty: Mapping[str, str] = field(default_factory=dict)
    respelled: tuple[Respelled, ...] = ()
    taken: Taken = Taken()
    place_of_copy: Mapping[str, str] = field(default_factory=dict)
    split_of_copy: Mapping[str, str] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in alphabetical order: the order of every logits column."""
        return tuple(sorted({photo.label for photo in self.photos}))

    @property
    def places(self) -> tuple[str, ...]:
        """Names of the places in alphabetical order; none where photos have no place."""
        return tuple(sorted({photo.place for photo in self.photos} - {""}))
