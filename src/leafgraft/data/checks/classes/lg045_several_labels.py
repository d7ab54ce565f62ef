"""Names of classes that hold several classes, as tables of several labels for one photo write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set as AbstractSet

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted, first_of, in_yaml
from leafgraft.records.finding import Finding
from leafgraft.records.photo import class_key

CODE = "LG045"
MOST_NAMED = 3
_BETWEEN = re.compile(r"\s*[,;|/+&]\s*|\s+and\s+")
_OF_LISTS = re.compile(r"[;|+&]")  # signs that names of one class hardly have
_IN_ANY_ORDER = re.compile(r"[,;|+&]|\sand\s")  # A/B and `A to B` may be other things than B/A and `B to A`


def check(inputs: AuditInputs) -> Finding | None:
    """Names of classes that hold several classes, as tables of several labels for one photo write them."""
    counts = inputs.class_counts
    parts = {name: _parts(name) for name in counts}
    keys = set(map(class_key, counts))
    times = Counter(of for _, of in {(class_key(name), of) for name, of in parts.items()})  # spellings are LG025's
    twice = {name for name, of in parts.items() if times[of] > 1 and len(of) > 1 and _are_labels(name, of, keys)}
    several = [name for name, of in parts.items() if name in twice or _holds_others(name, of, keys)]
    if not several:
        return None
    in_words = first_of([f"'{name}' ({counts[name]:,})" for name in several], MOST_NAMED)
    return Finding(
        CODE,
        "error" if twice else "warning",
        f"{counted(len(several), 'class is', 'classes are')} called by several classes: {in_words}",
        tuple(photo.path for photo in inputs.manifest.photos if photo.label in several),
        {"classes": several, "same": sorted(twice)},
        "A photo has one class here: several labels are one more class, to be told apart from each of them, and the "
        "same labels in another order are yet another.",
        f"Write one label for each photo, or leave such classes out with exclude: [{in_yaml(*several)}]. Where they "
        "are meant as classes, write their parts in one order.",
    )


def _parts(name: str) -> frozenset[str]:
    """What stands between signs or words of a list; else its words."""
    listed = [part for part in _BETWEEN.split(name) if part]
    return frozenset(map(class_key, listed if len(listed) > 1 else name.split()))


def _are_labels(name: str, parts: frozenset[str], keys: AbstractSet[str]) -> bool:
    """Whether the parts are classes, or at least words between signs of a list: `row 1 2` and `row 2 1` are two."""
    words = all(any(map(str.isalpha, part)) for part in parts)
    return parts <= keys or (words and bool(_IN_ANY_ORDER.search(name)))


def _holds_others(name: str, parts: frozenset[str], keys: AbstractSet[str]) -> bool:
    others = parts & (keys - {class_key(name)})
    return len(parts) > 1 and bool(others) and (others == parts or bool(_OF_LISTS.search(name)))
