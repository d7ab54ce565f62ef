"""Where photos come from: a folder of class folders, a folder with its own split, a CSV, Kaggle; one or several."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from leafgraft.data.read.kaggle import download
from leafgraft.data.read.listing import Source, SourceFile, by_class
from leafgraft.data.read.spelling import Disk, as_meant, composed, place_key
from leafgraft.errors import PhotosError
from leafgraft.records.display import did_you_mean, first_of
from leafgraft.records.photo import Respelled, class_key
from leafgraft.records.study import Study

__all__ = ["Source", "SourceFile", "open_source"]
MOST_NAMED = 4
ARCHIVES = frozenset({".zip", ".tar", ".gz", ".7z", ".rar"})
TABLES = frozenset({".tsv", ".txt", ".xlsx", ".xls", ".ods", ".json", ".parquet"})


def open_source(photos: str, exclude: Sequence[str] = ()) -> Source:
    """List the photos of a folder, a CSV (``path,label[,group][,split][,place]``) or ``kaggle:OWNER/NAME``.

    Args:
        photos: What the user named.
        exclude: Classes to leave out.

    Raises:
        PhotosError: There is nothing there that can be used.
    """
    return leave_out(list_all(photos, exclude), exclude)


def list_all(photos: str, exclude: Sequence[str] = ()) -> Source:
    """The same, with all its classes; folders of those that are to be left out need not look like class folders.

    Raises:
        PhotosError: There is nothing there that can be used.
    """
    exclude = [composed(name) for name in exclude]
    if not photos:  # a variable of the shell that is not set
        raise PhotosError("Photos must be named.", "The name is empty.", "Name their folder; . is this one.")
    if photos.startswith("kaggle:"):
        return _read_folder(download(photos.removeprefix("kaggle:")), exclude)
    path = as_meant(photos)
    _check_text(path.absolute())
    try:
        if path.is_dir():
            return _read_folder(path, exclude)
        if path.suffix.lower() == ".csv" and path.is_file():
            from leafgraft.data.read.photo_table import read_photo_table  # noqa: PLC0415 - as below

            return read_photo_table(path)
        raise _not_photos(path)
    except OSError as error:
        raise PhotosError(
            f"'{path}' must be readable.",
            f"The system said: {error.strerror}.",
            "Mend the path or its permissions.",
        ) from error


def _check_text(path: Path) -> None:
    """Records, which are text, name the photos by it.

    Raises:
        PhotosError: A folder on the way has a name of other bytes.
    """
    shown = os.fsencode(path).decode(errors="backslashreplace")
    if shown != os.fspath(path):
        raise PhotosError(
            "The path of the photos must be text in UTF-8.", f"It is '{shown}'.", "Rename that folder, then name it."
        )


def _read_folder(path: Path, exclude: Sequence[str]) -> Source:
    from leafgraft.data.read.folder import read_folder  # noqa: PLC0415 - a mistyped path is said before Pillow is loaded

    return read_folder(path, exclude)


def _not_photos(path: Path) -> PhotosError:
    asked = "PHOTOS must be a folder of class folders, a CSV file, or kaggle:OWNER/NAME."
    if not path.exists():
        return PhotosError(asked, f"'{path}' does not exist.", "Check the path.")
    mend = "Name the folder that holds one folder per class."
    if path.suffix.lower() in ARCHIVES:
        mend = "Unpack it and name the folder."
    elif path.suffix.lower() in TABLES:
        mend = "Save the table as NAME.csv, with the columns path,label."
    return PhotosError(asked, f"'{path}' is a file.", mend)


def leave_out(source: Source, exclude: Sequence[str]) -> Source:
    """Leave classes out.

    Raises:
        PhotosError: There is no such class, or fewer than two are left.
    """
    exclude = [composed(name) for name in exclude]
    classes = sorted({file.label for file in source.files} | source.empty.keys())
    for name in exclude:
        if name not in classes:
            raise PhotosError(
                "exclude must name classes of the photos.",
                f"There is no class '{name}'; there are {', '.join(classes)}.",
                did_you_mean(name, classes, "Mend the name."),
            )
    kept = tuple(file for file in source.files if file.label not in exclude)
    empty = {name: reason for name, reason in source.empty.items() if name not in exclude}
    labels = sorted({file.label for file in kept})
    if len(labels) < 2:
        found = f"It holds {len(labels)}: {', '.join(labels)}." if labels else "None is left."
        raise PhotosError(
            f"'{source.root}' must hold at least 2 classes.",
            " ".join([found, *(f"Class '{name}' has no photo: {reason}." for name, reason in empty.items())]),
            "Put each class in a folder of its own, all in one folder, and name that one; or give a CSV with the "
            "columns path,label.",
        )
    below = {name: folders for name, folders in source.below.items() if name not in exclude}
    return replace(source, files=kept, empty=empty, below=below)


def open_photos(study: Study) -> Source:
    """List the photos of a study, of one source or of one for each place.

    Raises:
        PhotosError: There is nothing there that can be used.
    """
    if not study.places:
        return open_source(study.photos, study.exclude)
    return leave_out(join(study.places, study.class_names, study.exclude), study.exclude)


def join(places: Mapping[str, str], class_names: Mapping[str, Mapping[str, str]], exclude: Sequence[str]) -> Source:
    """All photos of several places; paths are relative to the folder that holds all of them.

    Groups that a CSV gives are of its own place: another one may number its leaves anew.

    Args:
        places: What the user named, by the name of the place.
        class_names: By place: its class names mapped to those of the study.
        exclude: Classes that are going to be left out.

    Raises:
        PhotosError: One cannot be used, two have one name, a photo lies in two places, or some have a split and
            others none.
    """
    listed = {place: list_all(source, exclude) for place, source in places.items()}
    sources = {place: _called(place, one, class_names.get(place, {})) for place, one in listed.items()}
    _check_places(sources)
    try:
        root = Path(os.path.commonpath([source.root for source in sources.values()]))
    except ValueError:
        raise PhotosError(
            "All places must lie on one drive.",
            f"They lie in {', '.join(str(source.root) for source in sources.values())}.",
            "Copy them to one drive, or list their photos in one CSV with the columns path,label,place.",
        ) from None
    sources = {place: _below(root, source) for place, source in sources.items()}
    place_of, disk = dict[str, str](), Disk(root)
    for file in (file for source in sources.values() for file in source.files):
        if (first := place_of.setdefault(disk.place(file.path), file.place)) != file.place:
            raise PhotosError(
                "Every photo must lie in one place.",
                f"'{file.path}' lies in '{first}' and in '{file.place}'.",
                "Name folders of which none holds another.",
            )
    divided = [place for place, source in sources.items() if any(file.split for file in source.files)]
    if divided and (others := [place for place in sources if place not in divided]):
        raise PhotosError(
            "The photos of all places must come with a split, or those of none.",
            f"Those of {', '.join(divided)} do; those of {', '.join(others)} do not.",
            "List all photos in one CSV with the columns path,label,place, or give every place a split.",
        )
    files = sorted((file for source in sources.values() for file in source.files), key=lambda file: file.path)
    labels = {file.label for file in files}
    return Source(
        root,
        tuple(files),
        tuple(sorted((one for source in sources.values() for one in source.skipped), key=lambda one: one.path)),
        tuple(sorted(one for source in sources.values() for one in source.passed_over)),
        {name: why for source in sources.values() for name, why in source.empty.items() if name not in labels},
        tuple(one for source in sources.values() for one in source.respelled),
        tuple(dict.fromkeys(one for source in sources.values() for one in source.unused)),
        by_class(one for source in sources.values() for one in source.below.items()),
        next((source.guessed for source in sources.values() if source.guessed), ()),
    )


def _check_places(sources: Mapping[str, Source]) -> None:
    """Names of places differ in more than their spelling, and no place has one class alone taken apart.

    Raises:
        PhotosError: Two do not, or one has.
    """
    first: dict[str, str] = {}
    for place in sources:
        if (before := first.setdefault(place_key(place), place)) != place:
            raise PhotosError(
                "Places must have names that differ in more than case, blanks, leading zeros and letters "
                "that look alike.",
                f"There are '{before}' and '{place}'.",
                "Rename one of them, or list the photos of both in one CSV with the columns path,label,place.",
            )
    _check_class_alone(sources)


def _check_class_alone(sources: Mapping[str, Source]) -> None:
    """No place has one class alone whose own folders were taken for classes.

    Raises:
        PhotosError: One has, by the classes of the others.
    """
    labels = {place: {class_key(file.label) for file in source.files} for place, source in sources.items()}
    for place, source in sources.items():
        others = set().union(*(of for other, of in labels.items() if other != place))
        if class_key(source.root.name) in others and not labels[place] & others:
            raise PhotosError(
                f"The place '{place}' must have one folder of photos per class.",
                f"It has the folder '{source.root.name}' alone, which is a class elsewhere, and in it "
                f"{first_of(sorted({file.label for file in source.files}), MOST_NAMED)}.",
                f"Put the photos in '{source.root}' themselves, or list them in a CSV with the columns path,label.",
            )


def _called(place: str, source: Source, class_names: Mapping[str, str]) -> Source:
    """With the name of the place, and with the study's names of classes."""
    if any(file.place for file in source.files):
        raise PhotosError(
            f"Photos of the place '{place}' must be of that place.",
            "Their CSV has a column place of its own.",
            "Name the CSV alone under photos, or leave the column out.",
        )
    ours = {composed(theirs): composed(name) for theirs, name in class_names.items()}
    theirs = {file.label for file in source.files} | source.empty.keys()
    if unknown := sorted(ours.keys() - theirs):
        raise PhotosError(
            f"The class names of the place '{place}' must be its own.",
            f"It has {', '.join(sorted(theirs))}, not {', '.join(unknown)}.",
            "Mend the mapping under photos.",
        )

    def renamed(file: SourceFile) -> SourceFile:
        group = f"{place}/{file.group}" if file.group else ""
        return replace(file, label=ours.get(file.label, file.label), group=group, place=composed(place))

    empty = {ours.get(name, name): reason for name, reason in source.empty.items()}
    below = by_class((ours.get(name, name), folders) for name, folders in source.below.items())
    return replace(source, files=tuple(map(renamed, source.files)), empty=empty, below=below)


def _below(root: Path, source: Source) -> Source:
    """With paths relative to another root; absolute ones stay."""
    moved = partial(below_place, source.root.relative_to(root))
    return replace(
        source,
        root=root,
        files=tuple(replace(file, path=moved(file.path)) for file in source.files),
        skipped=tuple(replace(one, path=moved(one.path)) for one in source.skipped),
        passed_over=tuple(map(moved, source.passed_over)),
        respelled=tuple(Respelled(one.written, moved(one.found)) for one in source.respelled),
    )


def below_place(place: PurePath, path: str) -> str:
    """The path of what lies in a place from the folder of all places; an absolute one stays, a drive before it too."""
    return (place / path).as_posix() + "/" * path.endswith("/")
