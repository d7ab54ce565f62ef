"""Which photos show one leaf, as their file names say it."""

from __future__ import annotations

from dataclasses import replace

from leafgraft.data.groups.leaf_groups import given_groups
from leafgraft.errors import PhotosError
from leafgraft.records.disjoint_sets import joined
from leafgraft.records.pattern import EXAMPLE, captured, check_pattern
from leafgraft.records.photo import Manifest


def name_groups(pattern: str, manifest: Manifest) -> Manifest:
    """Put photos of one place whose names have the same part into one group, whatever their class.

    Args:
        pattern: Regular expression, searched for in the file name, or in the path relative to the photos folder if it
            holds a slash. What its first parentheses match is the group.
        manifest: Photos that do not match, and those whose group the user gave, keep it. Groups that have copies of one
            photo are joined.

    Raises:
        UsageError: It is no such expression.
        PhotosError: It matches no photo.
    """
    check_pattern(pattern)
    found = name_parts(pattern, manifest)
    if not any(found):
        raise PhotosError(
            f"groups: {{name: '{pattern}'}} must match names of photos.",
            f"It matches none of {len(found):,}; the first is {manifest.photos[0].path}.",
            f"Write what stands before and after the number of the leaf, such as {EXAMPLE} for 17_02.jpg. An "
            "expression with a slash is searched for in the path, any other in the file name.",
        )
    given, copies = given_groups(manifest.photos), _parts_of_copies(pattern, manifest)
    together = joined(copies.values())
    found = [next(iter(copies.get(photo.path, ())), part) for photo, part in zip(manifest.photos, found, strict=True)]
    photos = tuple(
        replace(photo, group=of_user or together.get(of_name, of_name) or photo.group)
        for photo, of_user, of_name in zip(manifest.photos, given, found, strict=True)
    )
    taken = replace(manifest.taken, joined={**manifest.taken.joined, **together})
    return replace(manifest, photos=photos, taken=taken)


def _parts_of_copies(pattern: str, manifest: Manifest) -> dict[str, list[str]]:
    """By the photo that is kept, the groups that names of its byte-identical copies tell, its own first."""
    found = {}
    for copies in manifest.copies:
        parts = [_of_place(captured(pattern, one), manifest.place_of_copy.get(one, "")) for one in copies]
        found[copies[0]] = list(dict.fromkeys(filter(None, parts)))
    return found


def _of_place(part: str, place: str) -> str:
    return f"{place}/{part}" if part and place else part


def name_parts(pattern: str, manifest: Manifest) -> list[str]:
    """The group that each photo's name tells; empty where it does not match."""
    return [_of_place(captured(pattern, photo.path), photo.place) for photo in manifest.photos]
