"""Where photos come from: a folder of class folders, a folder with its own split, a CSV, or Kaggle."""

from __future__ import annotations

import csv
import difflib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leafgraft.data.kaggle import download
from leafgraft.errors import PhotosError
from leafgraft.records.photo import Unreadable

# The last row is seldom readable here, but is meant as photos: such files are listed, not passed over.
PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp"}
    | {".heic", ".heif", ".avif", ".dng", ".cr2", ".nef", ".arw"}
)
SPLIT_FOLDERS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that should be a photo.

    Attributes:
        path: Relative to the root, with forward slashes; absolute only where a CSV says so.
        label: Class name.
        group: Group given by the user, or empty.
        split: Split given by the user, or empty.
    """

    path: str
    label: str
    group: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """All files of a source, sorted by path.

    Attributes:
        root: Folder that the paths are relative to.
        files: What should be photos.
        skipped: Links that leave the folder.
    """

    root: Path
    files: tuple[SourceFile, ...]
    skipped: tuple[Unreadable, ...] = ()


def open_source(photos: str, exclude: Sequence[str] = ()) -> Source:
    """List the photos of a folder, a CSV (``path,label[,group][,split]``) or ``kaggle:OWNER/NAME``.

    Args:
        photos: What the user named.
        exclude: Classes to leave out.

    Raises:
        PhotosError: There is nothing there that can be used.
    """
    if photos.startswith("kaggle:"):
        source = _read_folder(download(photos.removeprefix("kaggle:")))
    else:
        path = Path(photos).expanduser()
        if path.is_dir():
            source = _read_folder(path)
        elif path.suffix.lower() == ".csv" and path.is_file():
            source = _read_csv(path)
        else:
            raise _not_photos(path)
    return _without(source, exclude)


def _not_photos(path: Path) -> PhotosError:
    asked = "PHOTOS must be a folder of class folders, a CSV file, or kaggle:OWNER/NAME."
    if not path.exists():
        return PhotosError(asked, f"'{path}' does not exist.", "Check the path.")
    mend = "Unpack it and name the folder." if path.suffix.lower() in {".zip", ".tar", ".gz", ".7z", ".rar"} else ""
    return PhotosError(asked, f"'{path}' is a file.", mend or "Name the folder that holds one folder per class.")


def _read_folder(root: Path) -> Source:
    root = _unwrap(root)
    skipped: list[Unreadable] = []
    files: list[SourceFile] = []
    folders = _folders(root)
    splits = {folder.name: SPLIT_FOLDERS[folder.name.lower()] for folder in folders if _is_split(folder)}
    if len(set(splits.values())) >= 2 and len(splits) == len(folders):
        for folder in folders:
            for class_folder in _folders(folder):
                files.extend(_photos_below(root, class_folder, splits[folder.name], skipped))
    else:
        for folder in folders:
            files.extend(_photos_below(root, folder, "", skipped))
    if not files:
        raise _no_class_folders(root, folders)
    return Source(root.resolve(), tuple(sorted(files, key=lambda file: file.path)), tuple(skipped))


def _is_split(folder: Path) -> bool:
    return folder.name.lower() in SPLIT_FOLDERS and bool(_folders(folder))


def _unwrap(root: Path) -> Path:
    """Step into folders that hold one folder of folders and nothing else, as unpacked archives do."""
    while True:
        folders = _folders(root)
        alone = len(folders) == 1 and not any(_is_photo(path) for path in root.iterdir())
        if not alone or not _folders(folders[0]):
            return root
        root = folders[0]


def _folders(root: Path) -> list[Path]:
    hidden = ("__MACOSX",)
    return sorted(
        path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".") and path.name not in hidden
    )


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".")


def _photos_below(root: Path, folder: Path, split: str, skipped: list[Unreadable]) -> Iterator[SourceFile]:
    inside = root.resolve()
    if folder.is_symlink() and not folder.resolve().is_relative_to(inside):
        skipped.append(_leaving(folder.relative_to(root)))
        return
    for directory, names, file_names in os.walk(folder):
        for name in names:
            link = Path(directory) / name
            if link.is_symlink():
                skipped.append(_leaving(link.relative_to(root)))
        names[:] = sorted(name for name in names if not name.startswith("."))
        for file_name in sorted(file_names):
            path = Path(directory) / file_name
            if not _is_photo(path):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(inside):
                skipped.append(_leaving(path.relative_to(root)))
                continue
            yield SourceFile(path.relative_to(root).as_posix(), folder.name, split=split)


def _leaving(path: Path) -> Unreadable:
    return Unreadable(path.as_posix(), "a link that leaves the folder is not followed")


def _no_class_folders(root: Path, folders: Sequence[Path]) -> PhotosError:
    asked = f"'{root}' must hold one folder of photos per class."
    if any(_is_photo(path) for path in root.iterdir()):
        return PhotosError(
            asked,
            "Photos lie directly in it, so nothing says which class they are.",
            "Move them into class folders, or give a CSV with the columns path,label.",
        )
    found = "Its folders hold no photos." if folders else "It holds no folders."
    return PhotosError(asked, found, f"Photos end in one of {' '.join(sorted(PHOTO_SUFFIXES))}.")


def _read_csv(path: Path) -> Source:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        try:
            columns, rows = list(reader.fieldnames or ()), list(reader)
        except (csv.Error, UnicodeDecodeError) as error:
            raise PhotosError(
                f"'{path}' must be a CSV file in UTF-8.", f"It cannot be read: {error}.", "Save it as CSV (UTF-8)."
            ) from error
    if missing := [name for name in ("path", "label") if name not in columns]:
        raise PhotosError(
            f"'{path}' must have the columns path,label and may have group,split.",
            f"It lacks {', '.join(missing)}; its columns are {', '.join(columns) or 'none'}.",
            "Name the columns in the first line.",
        )
    files = [_from_row(path, line, row) for line, row in enumerate(rows, start=2)]
    if not files:
        raise PhotosError(f"'{path}' must list photos.", "It has no rows.", "Add one row per photo.")
    return Source(path.parent.resolve(), tuple(sorted(files, key=lambda file: file.path)))


def _from_row(path: Path, line: int, row: dict[str, str]) -> SourceFile:
    name, label = (row["path"] or "").strip(), (row["label"] or "").strip()
    if not name or not label:
        raise PhotosError(f"Every row of '{path}' must have a path and a label.", f"Line {line} lacks one.", "Fill it.")
    split = (row.get("split") or "").strip()
    if split and split.lower() not in SPLIT_FOLDERS:
        raise PhotosError(
            f"The split in '{path}', line {line}, must be train, validation or test.",
            f"It is '{split}'.",
            "Mend it, or leave the column empty everywhere.",
        )
    given = SPLIT_FOLDERS[split.lower()] if split else ""
    return SourceFile(Path(name).as_posix(), label, (row.get("group") or "").strip(), given)


def _without(source: Source, exclude: Sequence[str]) -> Source:
    classes = sorted({file.label for file in source.files})
    for name in exclude:
        if name not in classes:
            near = difflib.get_close_matches(name, classes, n=1)
            raise PhotosError(
                "exclude must name classes of the photos.",
                f"There is no class '{name}'; there are {', '.join(classes)}.",
                f"Did you mean '{near[0]}'?" if near else "Mend the name.",
            )
    kept = tuple(file for file in source.files if file.label not in exclude)
    labels = sorted({file.label for file in kept})
    if len(labels) < 2:
        raise PhotosError(
            f"'{source.root}' must hold at least 2 classes.",
            f"It holds {len(labels)}: {', '.join(labels)}." if labels else "None is left.",
            "Put each class in a folder of its own, all in one folder, and name that one.",
        )
    return Source(source.root, kept, source.skipped)
