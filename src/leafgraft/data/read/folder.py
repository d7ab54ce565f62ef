"""Photos of a folder of class folders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from leafgraft.data.decode.formats import PHOTO_SUFFIXES
from leafgraft.data.read.folder_tree import Tree, listed
from leafgraft.data.read.layout import ClassFolder, Layout, find_layout
from leafgraft.data.read.listing import Source, SourceFile, by_class
from leafgraft.errors import PhotosError
from leafgraft.records.photo import Unreadable, class_key
from leafgraft.records.pick import PICKS_BEGIN
from leafgraft.storage.files.atomic import begin_of

BESIDE = "it lies beside the class folders"


def read_folder(path: Path, exclude: Collection[str] = ()) -> Source:
    """List the photos of a folder.

    Raises:
        PhotosError: There are none, or nothing says which class they are.
        OSError: The folder cannot be listed.
    """
    tree = Tree(path)
    layout = find_layout(tree.root, exclude)
    root = layout.root.path
    files = [
        SourceFile(photo.relative_to(root).as_posix(), one.label, split=one.split)
        for one in layout.classes
        for below in one.folder.walk()
        for photo in below.photos
    ]
    skipped = [replace(one, path=shortened(one.path, root, path)) for one in tree.skipped]
    if not files:
        raise _no_class_folders(layout, skipped)
    strays = [photo for folder in layout.beside for photo in folder.photos]
    skipped += [Unreadable(shortened(listed(one), root, path), BESIDE, "move it into a class folder") for one in strays]
    others = [other for folder in tree.root.walk() for other in folder.others]
    passed_over = [*(f"{one}/" for one in map(listed, tree.passed_over)), *map(listed, others)]
    labels = {file.label for file in files}
    return Source(
        root.resolve(),
        tuple(sorted(files, key=lambda file: file.path)),
        tuple(sorted(skipped, key=lambda one: one.path)),
        tuple(sorted(shortened(one, root, path) for one in passed_over)),
        {one.label: one.folder.without_photos() for one in layout.classes if one.label not in labels},
        below=_below(layout.classes),
    )


def _below(classes: Sequence[ClassFolder]) -> dict[str, tuple[str, ...]]:
    """Folders below each class, with those stepped through; one alone that repeats the class is no other class."""
    return by_class((one.label, names) for one in classes if (names := _inside(one)))


def _inside(one: ClassFolder) -> list[str]:
    begin = one.folder.begin
    stepped = [
        name for name in begin.path.relative_to(one.folder.path).parts if class_key(name) != class_key(one.label)
    ]
    inside = begin.full if len(begin.full) != 1 or class_key(begin.full[0].name) != class_key(one.label) else []
    return ["/".join([*stepped, below.name]) for below in inside] or ["/".join(stepped)] * bool(stepped)


def read_unlabelled(path: Path) -> Source:
    """List the photos of a folder and of all folders below it; their label is empty.

    Raises:
        PhotosError: There is no such folder, or it holds none.
    """
    asked = f"'{path}' must be a folder of photos."
    if not path.is_dir():
        raise PhotosError(asked, "It is a file." if path.exists() else "It does not exist.", "Check the path.")
    try:
        tree = Tree(path)
    except OSError as error:
        raise PhotosError(asked, f"The system said: {error.strerror}.", "Mend its permissions.") from error
    photos, sheets = photos_and_sheets(tree)
    files = sorted(photo.relative_to(path).as_posix() for photo in photos)
    if not files:
        raise PhotosError(asked, f"It holds none: {tree.root.without_photos()}.", "Name another folder.")
    others = {other for folder in tree.root.walk() for other in folder.others}
    beside = sorted((others | sheets) - {*photos})
    passed_over = [*(f"{one}/" for one in map(listed, tree.passed_over)), *map(listed, beside)]
    return Source(
        path.resolve(),
        tuple(SourceFile(file, "") for file in files),
        tuple(replace(one, path=shortened(one.path, path, path)) for one in tree.skipped),
        tuple(sorted(shortened(one, path, path) for one in passed_over)),
    )


def photos_and_sheets(tree: Tree) -> tuple[list[Path], set[Path]]:
    """All photos, whatever folder they lie in, and what is none: contact sheets of earlier picks."""
    folders = list(tree.root.walk())
    found = [photo for folder in folders for photo in folder.photos]
    picks = [other for folder in folders for other in folder.others if _is_of_picks(other)]
    sheets = {one.with_suffix(".jpg") for one in picks} & {*found}
    return [photo for photo in found if photo not in sheets], sheets


def _is_of_picks(path: Path) -> bool:
    """Whether a file is the table of earlier picks, whose contact sheet beside it is no photo of the place."""
    try:
        return path.is_file() and begin_of(path, len(PICKS_BEGIN)) == PICKS_BEGIN
    except OSError:  # of another one, who keeps it closed
        return False


def shortened(place: str, root: PurePath, top: PurePath) -> str:
    """Below the root; what lies outside of it, above the class folders, is told from the folder that was named."""
    for folder in (listed(root), listed(top)):
        if place.startswith(f"{folder}/"):
            return place.removeprefix(f"{folder}/")
    return place


def _no_class_folders(layout: Layout, skipped: Sequence[Unreadable]) -> PhotosError:
    asked = f"'{layout.root.path}' must hold one folder of photos per class."
    if layout.root.photos:
        return PhotosError(
            asked,
            "Photos lie directly in it, so nothing says which class they are.",
            "Move them into class folders, or give a CSV with the columns path,label.",
        )
    found = "Its folders hold no photos." if layout.root.folders else "It holds no folders."
    if skipped:
        found = f"{len(skipped)} left out; {skipped[0].path}: {skipped[0].reason}."
    return PhotosError(asked, found, f"Photos are files such as {' '.join(sorted(PHOTO_SUFFIXES))}.")
