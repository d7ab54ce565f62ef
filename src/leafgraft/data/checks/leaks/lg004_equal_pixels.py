"""Photos of equal pixels in files that differ."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG004"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos of equal pixels in files that differ."""
    paths: dict[str, list[str]] = {}
    labels: dict[str, set[str]] = {}
    for photo, facts in inputs.pairs():
        paths.setdefault(facts.pixel_hash, []).append(photo.path)
        labels.setdefault(facts.pixel_hash, set()).add(photo.label)
    sets = [of for key, of in paths.items() if len(of) > 1 and len(labels[key]) == 1]
    if not sets:
        return None
    told = inputs.parted_in(sets)
    return Finding(
        CODE,
        "warning",
        f"{counted(len(sets), 'set of photos has', 'sets of photos have')} equal pixels",
        tuple(path for of in sets for path in of),
        {"sets": sets},
        "They are one photo saved twice; split apart, they inflate the accuracy.",
        "Nothing must be done: each set is kept on one side of every split. Deleting the copies is cleaner."
        if not told
        else f"The split parts some of them: see {told}. Delete the copies.",
    )
