"""Photos and the manifest that lists them."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    """

    photo_id: str
    path: str
    label: str
    width: int
    height: int
    group: str
    split: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that was listed and left out.

    Attributes:
        path: Path relative to the photos folder.
        reason: Why it could not be read, in words.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All photos of a study in fixed order (by path).

    Attributes:
        root: Absolute path of the photos folder.
        photos: Readable photos, sorted by path, byte-identical copies left out.
        unreadable: Files that could not be read.
        copies: Sets of paths of byte-identical files under one label; the first of each is among `photos`.
        conflicts: Sets of paths of byte-identical files under two or more labels; none is among `photos`.
    """

    root: str
    photos: tuple[Photo, ...]
    unreadable: tuple[Unreadable, ...] = ()
    copies: tuple[tuple[str, ...], ...] = ()
    conflicts: tuple[tuple[str, ...], ...] = field(default=())

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in alphabetical order: the order of every logits column."""
        return tuple(sorted({photo.label for photo in self.photos}))
