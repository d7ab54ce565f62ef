"""What a source lists before any photo is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leafgraft.data.read.spelling import composed
from leafgraft.records.photo import Respelled, Unreadable, class_key

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_KINDS = "set|sets|data|dataset|images|image|imgs|photos|folder|split|seg"
_SPLIT_NAME = re.compile(rf"(?:(?:{_KINDS})[ _-]*)?({'|'.join(SPLITS)})(?:[ _-]*(?:{_KINDS}))?(?:[ _-]*\d{{1,4}})?")
_KOREAN = {"훈련": "train", "학습": "train", "검증": "validation", "시험": "test", "테스트": "test", "평가": "test"}
_PART = re.compile(
    rf"(?:(?:.*[ _-])?({'|'.join(SPLITS)})(?:[ _-].*|\d*)|({'|'.join(_KOREAN)}).*|.*({'|'.join(_KOREAN)})[ _-]*\d*)"
)
_DATE = re.compile(r"(\d{4}[ ._-]?\d{2}[ ._-]?\d{2}|\d{1,2}[._-]\d{1,2}[._-]\d{4})")
# Of a `class_key`; not leaf1, as public sets of leaves call their classes so.
_PLANT = re.compile(
    r"(?:plants?|trees?|pots?|plots?|rows?|samples?|specimens?|individuals?|replicates?|reps?|days?|weeks?"
    r"|식물|나무|포기|개체|시료|샘플|화분)\d+(?: \d+)*"
)
# Of folders of photos and of their masks, as `class_key` leaves them.
_OF_PHOTOS = re.compile(r"(?:jpeg|rgb|raw|original|input)?(?:images?|imgs?|photos?|pictures?)|rgb|originals?|inputs?")
_OF_MASKS = re.compile(
    r"(?:image|leaf|lesion|binary|seg|segmentation)?masks?(?:images?)?|annotations?|annots?|labels?|labelimages?"
    r"|ground_?truths?|gts?|segmentations?(?:class|object|raw)?|segmentation(?:class|object)aug"
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that should be a photo.

    Attributes:
        path: Relative to the root, with forward slashes, as the disk spells it; absolute only where a CSV says so.
        label: Class name, in Unicode's composed form (NFC): file systems differ in how they write Hangul.
        group: Group given by the user, or empty.
        split: Split given by the user, or empty.
        place: Where its like was taken, given by the user, or empty.
    """

    path: str
    label: str
    group: str = ""
    split: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """All files of a source, sorted by path.

    Attributes:
        root: Folder that the paths are relative to.
        files: What should be photos.
        skipped: What is left out before it is read: links, folders that may not be listed, names that are not text,
            photos that lie beside the class folders.
        passed_over: Paths of files that are no photos, and of folders that systems keep for themselves.
        empty: Classes without any file that should be a photo, and why.
        respelled: Paths of a CSV that are written otherwise on the disk.
        unused: Columns of a CSV that say nothing here.
        below: Classes with folders below theirs, whose photos are of the class, too; the names of these.
        guessed: What was taken for the encoding of a CSV that is none of Unicode's, and the first name that it gave.
    """

    root: Path
    files: tuple[SourceFile, ...]
    skipped: tuple[Unreadable, ...] = ()
    passed_over: tuple[str, ...] = ()
    empty: Mapping[str, str] = field(default_factory=dict)
    respelled: tuple[Respelled, ...] = ()
    unused: tuple[str, ...] = ()
    below: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()


def by_class(below: Iterable[tuple[str, Sequence[str]]]) -> dict[str, tuple[str, ...]]:
    """All folders below each class, each once, wherever they lie."""
    found: dict[str, dict[str, None]] = {}
    for name, folders in below:
        found.setdefault(name, {}).update(dict.fromkeys(folders))
    return {name: tuple(folders) for name, folders in found.items()}


def split_of(name: str) -> str:
    """The split that a folder of this name holds (``train``, ``Train_Set``, ``seg_train``, ``val2017``), or nothing."""
    found = _SPLIT_NAME.fullmatch(name.strip().casefold())
    return SPLITS[found[1]] if found else ""


def part_in(name: str) -> str:
    """The part of a split that a name tells among other words (``tomato_train``, ``훈련``), or nothing."""
    found = _PART.fullmatch(composed(name).strip().casefold())
    return (SPLITS | _KOREAN)[next(filter(None, found.groups()))] if found else ""


def are_plants(names: Sequence[str]) -> bool:
    """Whether folders are called by the plants or days that they show, and by nothing else."""
    plain = list(map(class_key, names))
    return bool(names) and (all(map(_PLANT.fullmatch, plain)) or all(map(_DATE.fullmatch, names)))


def is_of_masks(name: str) -> bool:
    """Whether a folder of this name holds masks of photos."""
    return bool(_OF_MASKS.fullmatch(class_key(name)))


def is_of_photos(name: str) -> bool:
    """Whether a folder of this name holds photos, beside one of their masks."""
    return bool(_OF_PHOTOS.fullmatch(class_key(name)))
