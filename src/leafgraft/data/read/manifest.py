"""manifest.csv: the photos of a study."""

from __future__ import annotations

import csv
from pathlib import Path

from leafgraft.errors import StudyFolderError
from leafgraft.records.photo import Manifest, Photo
from leafgraft.storage.study_folder import csv_text, read_csv

COLUMNS = ("photo_id", "path", "label", "width", "height", "group")


def manifest_text(manifest: Manifest) -> str:
    """Text of manifest.csv: one row per photo, in the manifest's order; with a column ``place`` if photos have one."""
    columns = (*COLUMNS, "place") if manifest.places else COLUMNS
    return csv_text(columns, [[getattr(photo, column) for column in columns] for photo in manifest.photos])


def read_manifest(path: Path, root: str) -> Manifest:
    """Read manifest.csv; paths are relative to `root`. What was left out is not in it.

    Raises:
        StudyFolderError: A column is missing or a size is not a number.
    """
    try:
        photos = tuple(
            Photo(
                row["photo_id"],
                row["path"],
                row["label"],
                int(row["width"]),
                int(row["height"]),
                row["group"],
                place=row.get("place", ""),
            )
            for row in read_csv(path)
        )
    except (KeyError, ValueError, TypeError, OSError, csv.Error) as error:
        raise StudyFolderError(
            f"'{path}' must have the columns {','.join(COLUMNS)}.",
            f"It cannot be read: {type(error).__name__} {error}.",
            "Delete it and run the study again: it is made anew.",
        ) from error
    return Manifest(root, photos)
