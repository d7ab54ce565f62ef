"""The same photo under the names that different tools give it: whole paths, paths below the classes, names, stems."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass


def folder_of(name: str) -> str:
    """Name of the folder that a photo lies in; empty if none is told.

    Args:
        name: Name of the photo with slashes between folders.

    Example:
        >>> folder_of("field/Late_blight/leaf.jpg")
        'Late_blight'
    """
    parts = name.split("/")
    return parts[-2] if len(parts) > 1 else ""


def _stem(name: str) -> str:
    return re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name)


def _with_folder(name: str) -> str:
    return "/".join(name.split("/")[-2:])


def _with_two_folders(name: str) -> str:
    return "/".join(name.split("/")[-3:])


def _bare(name: str) -> str:
    return name.rsplit("/", maxsplit=1)[-1]


# What of a name counts, from most to least: how it is said to the person, and how it is taken.
LEVELS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("their whole names", str),
    ("their whole names, without ending", _stem),
    ("the last three parts of their names", _with_two_folders),
    ("the last three parts of their names, without ending", lambda name: _stem(_with_two_folders(name))),
    ("folder and name", _with_folder),
    ("folder and name, without ending", lambda name: _stem(_with_folder(name))),
    ("name alone", _bare),
    ("name alone, without ending", lambda name: _stem(_bare(name))),
)


@dataclass(frozen=True, slots=True)
class Matched:
    """Photos of one file that are known.

    Attributes:
        ids: Ids by name.
        by: What they were found by; empty where by their whole names.
        several: Names that lead to several photos, which are not found for that.
    """

    ids: dict[str, str]
    by: str = ""
    several: tuple[str, ...] = ()


def match_names(names: Iterable[str], known: Collection[tuple[str, str]], likely: Collection[str] = ()) -> Matched:
    """Find photos that are known, by as much of their names as agrees with the most of them.

    Names without folders count only where nothing more is found: photos of other sets are called alike, too.

    Args:
        names: Names of photos as one file has them.
        known: Name and id of each; of one name in two folders each is known by more than its name alone.
        likely: Ids that are meant where a name leads to one of them and to others besides.
    """
    own, meant, best = set(names), set(likely), Matched({})
    for level, (said, of) in enumerate(LEVELS):
        if best.ids and said.startswith("name alone"):
            break
        ids = _by_key((of(name), photo_id) for name, photo_id in known)
        ids = {key: found & meant or found for key, found in ids.items()}
        mine = {key: found for key, found in _by_key((of(name), name) for name in own).items() if key in ids}
        found = {name: one for key, (name, *more) in mine.items() if not more for one in ids[key] if len(ids[key]) == 1}
        if len(found) > len(best.ids):
            several = sorted(name for key, alike in mine.items() if len(ids[key]) > 1 for name in alike)
            best = Matched(found, said if level else "", tuple(several))
        if len(found) == len(own):
            break
    return best


def _by_key(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """All values that a key stands for."""
    found: dict[str, set[str]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return found


def deepest(named: Sequence[Sequence[str]]) -> int:
    """Index of the list whose names say most of folders."""
    depths = [sum(name.count("/") for name in names) / max(len(names), 1) for names in named]
    return depths.index(max(depths))
