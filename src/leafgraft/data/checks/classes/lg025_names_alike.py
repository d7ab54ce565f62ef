"""Class names that differ only in what is hardly seen, as in case, blanks or hyphens, or in the mark of a copy."""

from __future__ import annotations

import re
from collections.abc import Collection

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding
from leafgraft.records.look_alikes import as_seen
from leafgraft.records.photo import class_key
from leafgraft.storage.files.table_file import whole_of

CODE = "LG025"
# As systems call the second folder of a name: `Rust (1)`, `Rust - Copy`; not `Rust (2021)`.
_OF_COPY = re.compile(r"(?:[ _-]+(?:copy|복사본))?(?:[ _]*\(\d{1,2}\))?$", re.IGNORECASE)


def check(inputs: AuditInputs) -> Finding | None:
    """Class names that differ only in what is hardly seen, as in case, blanks or hyphens, or in the mark of a copy."""
    counts = inputs.class_counts | dict.fromkeys(inputs.manifest.empty, 0)
    keys = set(map(class_key, counts))
    by_key: dict[str, list[str]] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        by_key.setdefault(_key_among(name, keys), []).append(name)
    alike = [names for names in by_key.values() if len(names) > 1]
    if not alike:
        return None
    named = "; ".join(" and ".join(f"{_shown(name)} ({counts[name]:,})" for name in names) for names in alike)
    rare = {name for names in alike for name in names[1:]}
    return Finding(
        CODE,
        "error",
        f"{counted(len(alike), 'class is', 'classes are')} spelled in several ways: {named}",
        tuple(photo.path for photo in inputs.manifest.photos if photo.label in rare),
        {"spellings": alike},
        "Each spelling is a class of its own: the model is trained to tell apart what is the same.",
        f"Choose one spelling for all their photos: {', '.join(_shown(names[0]) for names in alike)}.",
    )


def _key_among(name: str, keys: Collection[str]) -> str:
    """Of a name with the mark of a copy, that of the name before it, if there is such a class; of 1.0 that of 1."""
    copied = class_key(_OF_COPY.sub("", whole_of(name), count=1))
    return copied if copied in keys else class_key(name)


def _shown(name: str) -> str:
    """In quotes, with the codes of letters that look like plain ones, or like none."""
    if not name.isascii() and class_key(name).isascii():
        return ascii(name)
    return "".join(letter if as_seen(letter) else ascii(letter)[1:-1] for letter in repr(name))
