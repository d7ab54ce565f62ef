"""What a source lists before any photo is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leafgraft.records.photo import Respelled, Unreadable

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_KINDS = "set|sets|data|dataset|images|image|imgs|photos|folder|split|seg"
_SPLIT_NAME = re.compile(rf"(?:(?:{_KINDS})[ _-]*)?({'|'.join(SPLITS)})(?:[ _-]*(?:{_KINDS}))?(?:[ _-]*\d{{1,4}})?")


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
    """

    root: Path
    files: tuple[SourceFile, ...]
    skipped: tuple[Unreadable, ...] = ()
    passed_over: tuple[str, ...] = ()
    empty: Mapping[str, str] = field(default_factory=dict)
    respelled: tuple[Respelled, ...] = ()
    unused: tuple[str, ...] = ()
    below: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


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
