"""The photos that a person names: files, and folders with all photos below them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from leafgraft.data.decode.photo import is_photo_file
from leafgraft.data.read.folder_tree import is_system_folder
from leafgraft.data.read.spelling import as_on_disk
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


def list_photos(named: Sequence[Path]) -> tuple[list[NamedPhoto], list[str]]:
    """List what was named, in order; folders give their photos, sorted by path.

    Links to folders and folders that systems keep for themselves are not looked into.

    Returns:
        The photos; and what lies in the folders and is passed over, paths of folders with / at their end.

    Raises:
        PhotosError: A path does not exist, or a folder holds no photo.
    """
    found: list[NamedPhoto] = []
    passed_over: list[str] = []
    for one in named:
        path = as_on_disk(one.expanduser())
        if path.is_dir():
            below, others = _below(path)
            if not below:
                raise PhotosError(
                    "A folder of photos was asked for.",
                    f"'{printable(path)}' holds none.",
                    "Name a folder with .jpg, .png or other photos.",
                )
            found += below
            passed_over += others
        elif path.exists() or path.is_symlink():
            found.append(NamedPhoto(path, Path(path.name)))
        else:
            raise PhotosError(
                "A photo or a folder was asked for.", f"'{printable(path)}' does not exist.", "Check the path."
            )
    return _told_apart(found), passed_over


def _told_apart(found: list[NamedPhoto]) -> list[NamedPhoto]:
    paths = [Path(os.path.normpath(one.path.absolute())) for one in found]
    if len({str(one.inside).casefold() for one in found}) == len(set(paths)):
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


def _below(folder: Path) -> tuple[list[NamedPhoto], list[str]]:
    photos: list[Path] = []
    passed_over: list[str] = []
    for root, folders, names in os.walk(folder):
        left = [one for one in folders if is_system_folder(one) or Path(root, one).is_symlink()]
        folders[:] = [one for one in folders if one not in left]
        passed_over += [f"{Path(root, one)}/" for one in left]
        for path in (Path(root, name) for name in names):
            if is_photo_file(path):
                photos.append(path)
            else:
                passed_over.append(str(path))
    listed = [NamedPhoto(path, path.relative_to(folder)) for path in sorted(photos, key=lambda photo: photo.parts)]
    return listed, sorted(passed_over)


def printable(path: Path | str) -> str:
    """A path as text that neither steers a terminal nor breaks UTF-8: such characters become escapes."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
