"""The photos that a person names: files, and folders with all photos below them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from leafgraft.data.decode.photo import is_photo_file, photo_id_at
from leafgraft.data.read.folder_tree import is_system_folder, leads_elsewhere, written
from leafgraft.data.read.spelling import as_meant
from leafgraft.errors import PhotosError


@dataclass(frozen=True, slots=True)
class NamedPhoto:
    """A photo, and where it stands below what was named.

    Attributes:
        path: Where it lies.
        inside: Its path below the named folder; its name if it was named itself. Where two photos would have one such
            path, the path of each below the folder that holds all of them: no two photos have one.
    """

    path: Path
    inside: Path


@dataclass(frozen=True, slots=True)
class NamedPhotos:
    """What was named.

    Attributes:
        photos: In order.
        passed_over: What lies in the folders and is no photo; paths of folders with / at their end.
        unlisted: Folders below them that cannot be listed, and why: their photos are not there.
    """

    photos: list[NamedPhoto]
    passed_over: list[str] = field(default_factory=list)
    unlisted: list[tuple[str, str]] = field(default_factory=list)


def list_photos(named: Sequence[Path], drawn: Path | None = None) -> NamedPhotos:
    """List what was named, in order; folders give their photos, sorted by path.

    Links to folders and folders that systems keep for themselves are not looked into.

    Args:
        named: Photos and folders.
        drawn: Folder of heat maps; where it lies below a folder, it is passed over.

    Raises:
        PhotosError: A path does not exist, or a folder cannot be listed or holds no photo.
    """
    found = NamedPhotos([])
    for one in named:
        path = as_meant(one)
        if path.is_dir():
            below = _below(path, drawn)
            if not below.photos:
                raise _no_photos(path, below)
            found.photos.extend(below.photos)
            found.passed_over.extend(below.passed_over)
            found.unlisted.extend(below.unlisted)
        elif path.exists() or path.is_symlink():
            found.photos.append(NamedPhoto(path, Path(path.name)))
        else:
            raise PhotosError(
                "A photo or a folder was asked for.", f"'{printable(path)}' does not exist.", "Check the path."
            )
    return replace(found, photos=_told_apart(found.photos))


def each_once(photos: Sequence[NamedPhoto]) -> list[NamedPhoto]:
    """Each photo once, in order, though it was named by itself and with its folder, or is there as a copy, too."""
    files: dict[str, NamedPhoto] = {}
    for one in photos:
        files.setdefault(os.path.realpath(one.path), one)
    found: dict[str, NamedPhoto] = {}
    for file, one in files.items():
        found.setdefault(photo_id_at(one.path) or file, one)  # one that cannot be read is answered as such
    return list(found.values())


def _no_photos(path: Path, below: NamedPhotos) -> PhotosError:
    asked = "A folder of photos was asked for."
    for folder, reason in below.unlisted:
        return PhotosError(asked, f"'{printable(folder)}': {reason}.", "Mend its permissions.")
    return PhotosError(asked, f"'{printable(path)}' holds none.", "Name a folder with .jpg, .png or other photos.")


def _told_apart(found: list[NamedPhoto]) -> list[NamedPhoto]:
    paths = [Path(os.path.normpath(one.path.absolute())) for one in found]
    owner: dict[str, Path] = {}
    if all(owner.setdefault(str(one.inside).casefold(), path) == path for one, path in zip(found, paths, strict=True)):
        return found
    return [NamedPhoto(one.path, Path(within)) for one, within in zip(found, below_what_they_share(paths), strict=True)]


def below_what_they_share(paths: Sequence[PurePath]) -> list[PurePath]:
    """Each path below the folder that all have in common; of several drives, below a folder called like the drive."""
    drives = sorted({path.drive for path in paths})
    of = {drive: [path for path in paths if path.drive == drive] for drive in drives}
    top = {
        drive: next(folder for folder in some[0].parents if all(one.is_relative_to(folder) for one in some))
        for drive, some in of.items()
    }
    below = [path.relative_to(top[path.drive]) for path in paths]
    if len(drives) < 2:
        return below
    return [type(one)(re.sub(r"\W+", "-", path.drive).strip("-"), one) for path, one in zip(paths, below, strict=True)]


def _below(folder: Path, drawn: Path | None) -> NamedPhotos:
    photos: list[Path] = []
    passed_over: list[str] = []
    failed: list[OSError] = []
    own = drawn.resolve() if drawn else None
    for root, folders, names in os.walk(folder, onerror=failed.append):
        left = [one for one in folders if is_system_folder(one) or leads_elsewhere(Path(root, one))]
        left += [one for one in folders if own and one == own.name and Path(root, one).resolve() == own]
        folders[:] = [one for one in folders if one not in left]
        passed_over += [f"{Path(root, one).as_posix()}/" for one in left]
        for path in (Path(root, name) for name in names):
            if is_photo_file(path):
                photos.append(path)
            else:
                passed_over.append(path.as_posix())
    listed = [NamedPhoto(path, path.relative_to(folder)) for path in sorted(photos, key=lambda photo: photo.parts)]
    unlisted = [(written(Path(one.filename)), f"the folder cannot be listed: {one.strerror}") for one in failed]
    return NamedPhotos(listed, sorted(passed_over), sorted(unlisted))


def printable(path: Path | str) -> str:
    """A path as text that neither steers a terminal nor breaks UTF-8: such characters become escapes."""
    text = written(path)
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
