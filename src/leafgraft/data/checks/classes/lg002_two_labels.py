"""The same photo under two labels: one of them is wrong."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG002"


def check(inputs: AuditInputs) -> Finding | None:
    """The same photo under two labels: one of them is wrong."""
    sets = list(inputs.manifest.conflicts)
    labels: dict[str, set[str]] = {}
    paths: dict[str, list[str]] = {}
    for photo, facts in inputs.pairs():
        labels.setdefault(facts.pixel_hash, set()).add(photo.label)
        paths.setdefault(facts.pixel_hash, []).append(photo.path)
    sets += [tuple(paths[key]) for key, of in labels.items() if len(of) > 1]
    if not sets:
        return None
    return Finding(
        CODE,
        "error",
        f"{counted(len(sets), 'photo lies', 'photos lie')} under two labels",
        tuple(path for of in sets for path in of),
        {"sets": [list(of) for of in sets]},
        "At least one label of each is wrong, and whatever a model answers counts as an error. Byte-identical ones are "
        "left out, all of them.",
        "Decide which label is right and delete the other file, or the other line of the CSV.",
    )
