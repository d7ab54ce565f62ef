"""Which photos show one leaf, as the user says it."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from leafgraft.errors import PhotosError
from leafgraft.records.photo import Manifest


def read_group_file(path: Path, manifest: Manifest) -> Manifest:
    """Take the groups of a file as they are; photos that it does not name keep their own.

    Args:
        path: CSV of ``path,group``, or JSON: ``{group: [path, ...]}`` (PlantVillage's leaf map) or ``{path: group}``.
        manifest: Its photos' groups are replaced.

    Raises:
        PhotosError: The file cannot be read, or names photos that are not there.
    """
    groups = _read_json(path) if path.suffix.lower() == ".json" else _read_csv(path)
    known = {photo.path for photo in manifest.photos}
    left_out = {one.path for one in manifest.unreadable} | {
        p for of in (*manifest.copies, *manifest.conflicts) for p in of
    }
    names = {Path(photo.path).name: photo.path for photo in manifest.photos}
    by_path = {names[name] if name not in known and name in names else name: group for name, group in groups.items()}
    if unknown := [name for name in by_path if name not in known and name not in left_out]:
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        raise PhotosError(
            f"The group file '{path}' must name photos of '{manifest.root}'.",
            f"It names others: {', '.join(unknown[:5])}{more}.",
            "Write paths relative to the photos folder, such as Healthy/leaf_0001.jpg.",
        )
    photos = [replace(photo, group=by_path.get(photo.path, photo.group)) for photo in manifest.photos]
    return replace(manifest, photos=tuple(photos))


def _read_csv(path: Path) -> dict[str, str]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return {row["path"]: row["group"] for row in csv.DictReader(file)}
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise _malformed(path, error) from error


def _read_json(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _malformed(path, error) from error
    if isinstance(content, Mapping) and all(isinstance(value, str) for value in content.values()):
        return dict(content)
    if isinstance(content, Mapping) and all(isinstance(value, list) for value in content.values()):
        return {str(member): group for group, members in content.items() for member in members}
    raise _malformed(path, "neither {group: [path, ...]} nor {path: group}")


def _malformed(path: Path, error: object) -> PhotosError:
    found = f"there is no column {error}" if isinstance(error, KeyError) else str(error)
    return PhotosError(
        f"'{path}' must be a CSV with the columns path,group, or JSON of groups.",
        f"It cannot be read: {found}.",
        "See the README for an example.",
    )
