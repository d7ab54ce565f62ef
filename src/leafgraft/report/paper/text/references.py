"""References: what the menus name as the source of a choice, and what the statistics rest on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

from leafgraft.choices.menu import find
from leafgraft.records.recipe import Choice

NAMED = re.compile(r"([^\W\d_]+)(?: et al\.| and [^\W\d_]+)? (\d{4})")
LIBRARIES = {"torchvision": "torchvision", "timm": "wightman2019", "fastai": "howard2020", "torch.": "paszke2019"}
CITED = re.compile(r"@([a-z]+\d*)")


def keys_of(kind: str, name: str) -> list[str]:
    """Keys of the references that a menu names as the source of one of its entries: ``He et al. 2016`` is he2016."""
    source = find(kind, Choice(name)).source
    people = [f"{_plain(surname)}{year}" for surname, year in NAMED.findall(source)]
    return list(dict.fromkeys([*people, *(key for library, key in LIBRARIES.items() if library in source)]))


def cite(keys: Iterable[str]) -> str:
    """References as pandoc reads them: a space, and ``[@he2016; @torchvision]``; nothing without keys."""
    listed = "; ".join(f"@{key}" for key in dict.fromkeys(keys))
    return f" [{listed}]" if listed else ""


def cited_in(*texts: str) -> list[str]:
    """Keys that texts cite, in their order."""
    inside = (found for text in texts for found in re.findall(r"\[(@[^\]]+)\]", text))
    return list(dict.fromkeys(key for found in inside for key in CITED.findall(found)))


def bibliography(keys: Iterable[str], version: str) -> str:
    """The entries of these keys as BibTeX, leafgraft's own of this version.

    What is no key, such as ``[@x]`` in the name of a class, has no entry.
    """
    known = _entries(version)
    return "\n".join(known[key] for key in sorted(set(keys) & set(known)))


@cache
def known_keys() -> frozenset[str]:
    """Keys of all references that leafgraft knows."""
    return frozenset(_entries(""))


def _entries(version: str) -> dict[str, str]:
    text = (resources.files("leafgraft.report") / "templates" / "references.bib").read_text(encoding="utf-8")
    entries = text.replace("VERSION", version).strip().split("\n\n")
    return {entry[entry.index("{") + 1 : entry.index(",")]: f"{entry}\n" for entry in entries}


def _plain(surname: str) -> str:
    return unicodedata.normalize("NFKD", surname).encode("ascii", "ignore").decode().lower()
