"""Where photos come from: a folder of class folders, a folder with its own split, a CSV, or Kaggle."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from leafgraft.data.read.kaggle import download
from leafgraft.data.read.listing import Source, SourceFile
from leafgraft.data.read.spelling import as_on_disk, composed
from leafgraft.errors import PhotosError

__all__ = ["Source", "SourceFile", "open_source"]


def open_source(photos: str, exclude: Sequence[str] = ()) -> Source:
    """List the photos of a folder, a CSV (``path,label[,group][,split]``) or ``kaggle:OWNER/NAME``.

    Args:
        photos: What the user named.
        exclude: Classes to leave out.

    Raises:
        PhotosError: There is nothing there that can be used.
    """
    exclude = [composed(name) for name in exclude]
    if photos.startswith("kaggle:"):
        return _without(_read_folder(download(photos.removeprefix("kaggle:")), exclude), exclude)
    path = as_on_disk(Path(photos).expanduser())
    try:
        if path.is_dir():
            source = _read_folder(path, exclude)
        elif path.suffix.lower() == ".csv" and path.is_file():
            from leafgraft.data.read.photo_table import read_photo_table  # noqa: PLC0415 - as below

            source = read_photo_table(path)
        else:
            raise _not_photos(path)
    except OSError as error:
        raise PhotosError(
            f"'{path}' must be readable.",
            f"The system said: {error.strerror}.",
            "Mend the path or its permissions.",
        ) from error
    return _without(source, exclude)


def _read_folder(path: Path, exclude: Sequence[str]) -> Source:
    from leafgraft.data.read.folder import read_folder  # noqa: PLC0415 - a mistyped path is said before Pillow is loaded

    return read_folder(path, exclude)


def _not_photos(path: Path) -> PhotosError:
    asked = "PHOTOS must be a folder of class folders, a CSV file, or kaggle:OWNER/NAME."
    if not path.exists():
        return PhotosError(asked, f"'{path}' does not exist.", "Check the path.")
    mend = "Unpack it and name the folder." if path.suffix.lower() in {".zip", ".tar", ".gz", ".7z", ".rar"} else ""
    return PhotosError(asked, f"'{path}' is a file.", mend or "Name the folder that holds one folder per class.")


def _without(source: Source, exclude: Sequence[str]) -> Source:
    classes = sorted({file.label for file in source.files} | source.empty.keys())
    for name in exclude:
        if name not in classes:
            near = difflib.get_close_matches(name, classes, n=1)
            raise PhotosError(
                "exclude must name classes of the photos.",
                f"There is no class '{name}'; there are {', '.join(classes)}.",
                f"Did you mean '{near[0]}'?" if near else "Mend the name.",
            )
    kept = tuple(file for file in source.files if file.label not in exclude)
    empty = {name: reason for name, reason in source.empty.items() if name not in exclude}
    labels = sorted({file.label for file in kept})
    if len(labels) < 2:
        found = f"It holds {len(labels)}: {', '.join(labels)}." if labels else "None is left."
        raise PhotosError(
            f"'{source.root}' must hold at least 2 classes.",
            " ".join([found, *(f"Class '{name}' has no photo: {reason}." for name, reason in empty.items())]),
            "Put each class in a folder of its own, all in one folder, and name that one.",
        )
    return replace(source, files=kept, empty=empty)
