"""Where photos come from: a folder of class folders, a folder with its own split, a CSV, or Kaggle."""

from __future__ import annotations

import csv
import difflib
import os
import unicodedata
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
        label: Class name, in Unicode's composed form (NFC): file systems differ in how they write Hangul.
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
        skipped: What is left out before it is read: links that leave the folder, folders that may not be listed,
            names that are not text, photos that lie beside the class folders.
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
        try:
            if path.is_dir():
                source = _read_folder(path)
            elif path.suffix.lower() == ".csv" and path.is_file():
                source = _read_csv(path)
            else:
                raise _not_photos(path)
        except OSError as error:
            raise PhotosError(
                f"'{path}' must be readable.",
                f"The system said: {error.strerror}.",
                "Mend the path or its permissions.",
            ) from error
    return _without(source, exclude)


def _not_photos(path: Path) -> PhotosError:
    asked = "PHOTOS must be a folder of class folders, a CSV file, or kaggle:OWNER/NAME."
    if not path.exists():
        return PhotosError(asked, f"'{path}' does not exist.", "Check the path.")
    mend = "Unpack it and name the folder." if path.suffix.lower() in {".zip", ".tar", ".gz", ".7z", ".rar"} else ""
    return PhotosError(asked, f"'{path}' is a file.", mend or "Name the folder that holds one folder per class.")


def _read_folder(root: Path) -> Source:
    root = _unwrap(root)
    folders = _folders(root)
    splits = _split_folders(root, folders)
    if splits:
        beside = [(folder, splits[folder]) for folder in splits]
        classes = [(inner, splits[folder]) for folder in splits for inner in _folders(folder)]
    else:
        beside = [(root, "")]
        classes = [(folder, "") for folder in folders]
    skipped: list[Unreadable] = []
    files = [file for folder, given in classes for file in _photos_below(root, folder, given, skipped)]
    if not files:
        raise _no_class_folders(root, folders, skipped)
    for folder, _ in beside:
        strays = (path for path in sorted(folder.iterdir()) if _is_photo(path) and not path.is_dir())
        skipped += [Unreadable(_written(path, root), "it lies beside the class folders") for path in strays]
    return Source(
        root.resolve(),
        tuple(sorted(files, key=lambda file: file.path)),
        tuple(sorted(skipped, key=lambda one: one.path)),
    )


def _split_folders(root: Path, folders: Sequence[Path]) -> dict[Path, str]:
    """Folders named train, validation, test or the like, and their splits; none unless there are two of them.

    Raises:
        PhotosError: They hold no class folders, or other folders with photos lie beside them.
    """
    splits = {folder: SPLIT_FOLDERS[folder.name.lower()] for folder in folders if folder.name.lower() in SPLIT_FOLDERS}
    if len(set(splits.values())) < 2:
        return {}
    for folder in folders:
        if folder in splits and _folders(folder):
            continue
        if any(_is_photo(Path(name)) for _, _, names in os.walk(folder) for name in names):
            names = ", ".join(one.name for one in splits)
            found = "holds photos directly" if folder in splits else f"lies beside {names}"
            raise PhotosError(
                f"The folders {names} in '{root}' must be its only ones, each with one folder per class.",
                f"'{folder.name}' {found}.",
                f"Move '{folder.name}' elsewhere, or give a CSV with the columns path,label,split.",
            )
    return {folder: given for folder, given in splits.items() if _folders(folder)}


def _unwrap(root: Path) -> Path:
    """Step into folders that hold one folder of folders and nothing else, as unpacked archives do."""
    while True:
        folders = _folders(root)
        alone = len(folders) == 1 and not any(_is_photo(path) for path in root.iterdir())
        if not alone or folders[0].is_symlink() or not _folders(folders[0]):
            return root
        root = folders[0]


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and not _is_hidden(path.name))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".")


def _photos_below(root: Path, folder: Path, split: str, skipped: list[Unreadable]) -> Iterator[SourceFile]:
    def leave_out(path: Path, reason: str) -> None:
        skipped.append(Unreadable(_written(path, root), reason))

    def not_listed(error: OSError) -> None:
        leave_out(Path(error.filename), f"the folder cannot be listed: {error.strerror}")

    if not _is_inside(folder, root):
        leave_out(folder, LEAVING)
        return
    label = unicodedata.normalize("NFC", os.fsencode(folder.name).decode(errors="replace"))
    for directory, names, file_names in os.walk(folder, onerror=not_listed):
        for name in names:
            if (Path(directory) / name).is_symlink():
                leave_out(Path(directory) / name, "a link to a folder is not followed")
        names[:] = sorted(name for name in names if not _is_hidden(name))
        for file_name in sorted(file_names):
            path = Path(directory) / file_name
            if not _is_photo(path):
                continue
            if reason := _why_not(path, root):
                leave_out(path, reason)
            else:
                yield SourceFile(path.relative_to(root).as_posix(), label, split=split)


def _why_not(path: Path, root: Path) -> str:
    if path.is_symlink() and not _is_inside(path, root):
        return LEAVING
    if _written(path, root) != path.relative_to(root).as_posix():
        return "its name is not text in UTF-8: rename it"
    return ""


LEAVING = "a link that leaves the folder is not followed"


def _is_inside(path: Path, root: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def _written(path: Path, root: Path) -> str:
    """Path relative to the root as text that can be printed and written, whatever its bytes."""
    return os.fsencode(path.relative_to(root).as_posix()).decode(errors="backslashreplace")


def _no_class_folders(root: Path, folders: Sequence[Path], skipped: Sequence[Unreadable]) -> PhotosError:
    asked = f"'{root}' must hold one folder of photos per class."
    if any(_is_photo(path) for path in root.iterdir()):
        return PhotosError(
            asked,
            "Photos lie directly in it, so nothing says which class they are.",
            "Move them into class folders, or give a CSV with the columns path,label.",
        )
    found = "Its folders hold no photos." if folders else "It holds no folders."
    if skipped:
        found = f"{len(skipped)} left out; {skipped[0].path}: {skipped[0].reason}."
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
    if (given := sum(bool(file.split) for file in files)) not in {0, len(files)}:
        raise PhotosError(
            f"'{path}' must give a split for every photo or for none.",
            f"{given} of {len(files)} rows have one.",
            "Fill the column, or leave it empty everywhere.",
        )
    return Source(path.parent.resolve(), tuple(sorted(files, key=lambda file: file.path)))


def _from_row(path: Path, line: int, row: dict[str, str]) -> SourceFile:
    name, label = (row["path"] or "").strip(), unicodedata.normalize("NFC", (row["label"] or "").strip())
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
    exclude = [unicodedata.normalize("NFC", name) for name in exclude]
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
