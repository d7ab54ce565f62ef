"""Class names that differ only in case, blanks, underscores, hyphens or Unicode form."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding
from leafgraft.records.photo import class_key

CODE = "LG025"


def check(inputs: AuditInputs) -> Finding | None:
    """Class names that differ only in case, blanks, underscores, hyphens or Unicode form."""
    counts = inputs.class_counts | dict.fromkeys(inputs.manifest.empty, 0)
    by_key: dict[str, list[str]] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        by_key.setdefault(class_key(name), []).append(name)
    alike = [names for names in by_key.values() if len(names) > 1]
    if not alike:
        return None
    named = "; ".join(" and ".join(f"{name!r} ({counts[name]:,})" for name in names) for names in alike)
    rare = {name for names in alike for name in names[1:]}
    return Finding(
        CODE,
        "error",
        f"{counted(len(alike), 'class is', 'classes are')} spelled in several ways: {named}",
        tuple(photo.path for photo in inputs.manifest.photos if photo.label in rare),
        {"spellings": alike},
        "Each spelling is a class of its own: the model is trained to tell apart what is the same.",
        f"Choose one spelling for all their photos: {', '.join(repr(names[0]) for names in alike)}.",
    )
