"""Which photos show one leaf, as a file says it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leafgraft.data.read.manifest import COLUMNS
from leafgraft.data.read.spelling import PhotoNames, composed, group_fault, plain_path
from leafgraft.errors import PhotosError
from leafgraft.records.disjoint_sets import joined
from leafgraft.records.display import first_of
from leafgraft.records.photo import Manifest, as_given, class_key
from leafgraft.storage.files.table_file import (
    cell_of,
    columns_of,
    decode_text,
    given,
    group_of,
    groups_of,
    read_table,
    whole_of,
)

LEAF_MAP = ":::"  # between class and leaf in PlantVillage's leaf-map.json
MOST_SHOWN = 5
KNOWN_COLUMNS = frozenset({*COLUMNS, "place", "split"})  # of manifest.csv, and of a CSV of photos


@dataclass(frozen=True, slots=True)
class _Entry:
    """One photo as the file names it, its group, where the file says so, and of which class it calls the photo."""

    name: str
    group: str
    place: str
    label: str = ""


def read_group_file(path: Path, manifest: Manifest) -> Manifest:
    """Take the groups of a file as they are; photos that it does not name, or names without a group, keep their own.

    Args:
        path: CSV of ``path,group``; or JSON: ``{group: [path, ...]}``, ``{path: group}``, or PlantVillage's leaf map
            ``{photo: [class:::leaf]}``. A path is relative to the photos folder; a shorter one will do if only one
            photo ends in it.
        manifest: Its photos' groups are replaced. Leaves of which a map has copies of one photo are joined.

    Raises:
        PhotosError: The file cannot be read; names photos that are not there, one photo twice, or one of several
            without saying which; or writes a group in two ways.
    """
    is_json = path.suffix.lower() == ".json"
    entries, unused = (_read_json(path, manifest), ()) if is_json else _read_csv(path, manifest)
    together: dict[str, str] = {}
    other_labels: dict[str, str] = {}
    if is_json and all(LEAF_MAP in entry.group for entry in entries):
        leaves = _of_leaf_map(path, entries, manifest)
        together = joined(leaves.values())
        groups = {photo: together.get(of[0], of[0]) for photo, of in leaves.items() if of}
    else:
        _check_spelling(path, entries)
        groups, other_labels = _of_paths(path, entries, manifest)
    if not groups:
        raise _malformed(path, f"It gives no photo of '{manifest.root}' a group.", manifest)
    return replace(
        manifest,
        photos=tuple(replace(photo, group=groups.get(photo.path, photo.group)) for photo in manifest.photos),
        taken=replace(
            manifest.taken,
            joined={**manifest.taken.joined, **together},
            unused=tuple(dict.fromkeys((*manifest.taken.unused, *unused))),
            other_labels=other_labels,
        ),
    )


def _check_spelling(path: Path, entries: Sequence[_Entry]) -> None:
    """Each group is written in one way: in two it would be two.

    Raises:
        PhotosError: One is not.
    """
    if fault := group_fault([(entry.group, entry.place) for entry in entries]):
        raise PhotosError(f"The group file '{path}' must write each group in one way.", *fault)


def _of_paths(path: Path, entries: Sequence[_Entry], manifest: Manifest) -> tuple[dict[str, str], dict[str, str]]:
    """Group of each photo that is named with one; and labels of the file that are not the photo's."""
    label_of = {photo.path: class_key(photo.label) for photo in manifest.photos}
    other_labels: dict[str, str] = {}
    kept_as = {copy: of[0] for of in manifest.copies for copy in of}
    left_out = [one.path for one in manifest.unreadable] + [one for of in manifest.conflicts for one in of]
    names = PhotoNames(manifest.root, (*(photo.path for photo in manifest.photos), *kept_as, *left_out))
    named: dict[str, _Entry] = {}
    unknown: list[_Entry] = []
    groups: dict[str, _Entry] = {}
    for entry in entries:
        photo = _find(path, entry, names)
        if photo is None:
            unknown += [] if names.is_file(entry.name) else [entry]
            continue
        if photo in named:
            raise _twice(path, photo, named[photo], entry)
        named[photo] = entry
        written = class_key(entry.label)
        if written not in {"", label_of.get(kept_as.get(photo, photo), written)}:
            other_labels[photo] = entry.label
        first = groups.setdefault(kept_as.get(photo, photo), entry)
        if first.group and entry.group and first.group != entry.group:
            raise _twice(path, f"{first.name} and its copy {entry.name}", first, entry)
        if entry.group and not first.group:
            groups[kept_as.get(photo, photo)] = entry
    if unknown:
        raise _not_there(path, unknown, manifest)
    return {photo: entry.group for photo, entry in groups.items() if entry.group}, other_labels


def _find(path: Path, entry: _Entry, names: PhotoNames) -> str | None:
    """The photo of this path, or the only one that ends in it.

    Raises:
        PhotosError: Several end in it.
    """
    found = names.find(entry.name)
    if len(found) > 1:
        raise PhotosError(
            f"The group file '{path}' must say which photo it means.",
            f"{entry.place}: '{entry.name}' is the name of {len(found)} photos: {first_of(found, MOST_SHOWN)}.",
            f"Write the path relative to the photos folder: {found[0]}.",
        )
    return found[0] if found else None


def _of_leaf_map(path: Path, entries: Sequence[_Entry], manifest: Manifest) -> dict[str, list[str]]:
    """Groups of each photo whose name, or that of a copy of it, ends in that of an entry of its own class.

    The map names photos in small letters, without folder and suffix, and of the whole set: others are no fault.
    """
    leaves: dict[str, dict[str, _Entry]] = {}
    for entry in entries:
        of_name, names = leaves.setdefault(_words(entry.name), {}), _words(entry.group.split(LEAF_MAP, 1)[0])
        before = of_name.get(names, entry)
        if before.name == entry.name and before.group != entry.group:
            raise _twice(path, f"'{entry.name}'", before, entry)
        of_name[names] = entry  # of names that differ in marks of copies the last one
    copies, found = {of[0]: of for of in manifest.copies}, {}
    for photo in manifest.photos:
        of = [_leaf_of(one, _words(photo.label), leaves) for one in copies.get(photo.path, (photo.path,))]
        found[photo.path] = list(filter(None, of))
    return found


def _leaf_of(photo: str, label: str, leaves: Mapping[str, Mapping[str, _Entry]]) -> str:
    words = _words(photo.rsplit(".", 1)[0]).split(" ")
    for start in range(len(words)):
        for names, leaf in leaves.get(" ".join(words[start:]), {}).items():
            if f" {names}".endswith(f" {label}"):
                return leaf.group
    return ""


def _words(name: str) -> str:
    """Small letters, one blank between words; marks of copies and cut backgrounds do not count."""
    text = re.sub(r"(_final_masked| copy( \d+)?| \(\d+\))+$", "", plain_path(name).casefold())
    return " ".join(re.sub(r"[/_\-\s]+", " ", text).split())


def _read_csv(path: Path, manifest: Manifest) -> tuple[list[_Entry], tuple[str, ...]]:
    """Its rows, and its columns that say nothing here; those of manifest.csv and of a CSV of photos are no surprise."""
    table = read_table(path, ("path", "group"), PhotosError)
    header = [name.casefold() for name in table.header]
    if missing := [name for name in ("path", "group") if name not in header]:
        raise _malformed(path, f"It has no column {' and no column '.join(missing)}.", manifest)
    columns = columns_of(path, table, ("path", "group"), ("label",), PhotosError)
    rows = [row for _, row in table.named_rows(columns)]
    lines = zip(rows, groups_of([row["group"] for row in rows]), table.numbers, strict=True)
    entries = [
        _Entry(row["path"], as_given(composed(of)), f"line {line}", composed(given(row.get("label", ""))))
        for row, of, line in lines
    ]
    if nameless := next((entry.place for entry in entries if not entry.name), ""):
        raise _malformed(path, f"{nameless.capitalize()} names no photo.", manifest)
    return entries, tuple(name for name in table.header if name and name.casefold() not in KNOWN_COLUMNS)


def _read_json(path: Path, manifest: Manifest) -> list[_Entry]:
    try:
        content = json.loads(decode_text(path, PhotosError)[0], object_pairs_hook=list)
    except (ValueError, RecursionError) as error:
        raise _malformed(path, f"It cannot be read: {error}.", manifest) from error
    if isinstance(content, list) and all(_is_pair(one) for one in content):
        if all(value is None or type(value) in {str, int, float} for _, value in content):
            return [_Entry(key, _group("" if value is None else str(value)), f"'{key}'") for key, value in content]
        if all(isinstance(value, list) and all(isinstance(one, str) for one in value) for _, value in content):
            if content and all(LEAF_MAP in one for _, value in content for one in value):
                return [_Entry(key, leaf, f"'{key}'") for key, value in content for leaf in value]
            return [_Entry(one, _group(key), f"'{key}'") for key, value in content for one in value]
    raise _malformed(path, "It holds neither {group: [path, ...]} nor {path: group}.", manifest)


def _group(written: str) -> str:
    """A group as JSON writes it: not-a-number and its like are none, and 12.0 is 12."""
    return as_given(composed(whole_of(group_of(cell_of(written)))))


def _is_pair(one: object) -> bool:
    return isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str)


def _twice(path: Path, photo: str, first: _Entry, second: _Entry) -> PhotosError:
    return PhotosError(
        f"The group file '{path}' must give each photo one group.",
        f"It names {photo} twice: '{first.group}' ({first.place}) and '{second.group}' ({second.place}).",
        "Keep one of the two.",
    )


def _not_there(path: Path, unknown: Sequence[_Entry], manifest: Manifest) -> PhotosError:
    shown = first_of([f"{one.name} ({one.place})" for one in unknown], MOST_SHOWN)
    return PhotosError(
        f"The group file '{path}' must name photos of '{manifest.root}'.",
        f"It names {len(unknown)} that are not there: {shown}.",
        f"Write paths relative to the photos folder, such as {manifest.photos[0].path}, and leave out what is gone.",
    )


def _malformed(path: Path, found: str, manifest: Manifest) -> PhotosError:
    example = manifest.photos[0].path
    return PhotosError(
        f"'{path}' must be a CSV with the columns path,group, or JSON of groups.",
        found,
        f"Begin with a line path,group, then a line for each photo, such as {_quoted(example)},leaf1; nothing after "
        f'the comma where no group is known. Or JSON: {{"leaf1": ["{example}"]}}.',
    )


def _quoted(value: str) -> str:
    return f'"{value}"' if "," in value else value
