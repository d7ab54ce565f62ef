"""The same photo under the names that different tools give it: whole paths, paths below the classes, names, stems."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence


def plain_name(name: str) -> str:
    """A name with slashes, letters put together, and without ``./`` in front."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").removeprefix("./")


def folder_of(name: str) -> str:
    """Name of the folder that a photo lies in; empty if none is told."""
    parts = name.split("/")
    return parts[-2] if len(parts) > 1 else ""


def _stem(name: str) -> str:
    return re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name)


def _with_folder(name: str) -> str:
    return "/".join(name.split("/")[-2:])


def _bare(name: str) -> str:
    return name.rsplit("/", maxsplit=1)[-1]


# What of a name counts, from most to least: how it is said to the person, and how it is taken.
LEVELS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("their whole names", str),
    ("their whole names, without ending", _stem),
    ("folder and name", _with_folder),
    ("folder and name, without ending", lambda name: _stem(_with_folder(name))),
    ("name alone", _bare),
    ("name alone, without ending", lambda name: _stem(_bare(name))),
)


def match_names(names: Iterable[str], known: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Find photos that are known, by as much of their names as agrees.

    Args:
        names: As one file has them.
        known: Ids by name; of one name in two folders each is known by more than its name alone.

    Returns:
        Ids by name, of those that are known; and by what they were found, empty where by their whole names.
    """
    own = set(names)
    for level, (said, of) in enumerate(LEVELS):
        ids = _unique((of(name), photo_id) for name, photo_id in known.items())
        mine = _unique((of(name), name) for name in own)
        found = {mine[key]: ids[key] for key in mine.keys() & ids.keys()}
        if found:
            return found, said if level else ""
    return {}, ""


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Those whose key stands for one value alone."""
    found: dict[str, set[str]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: next(iter(values)) for key, values in found.items() if len(values) == 1}


def deepest(named: Sequence[Sequence[str]]) -> int:
    """Place of the list whose names say most of folders."""
    depths = [sum(name.count("/") for name in names) / max(len(names), 1) for names in named]
    return depths.index(max(depths))
