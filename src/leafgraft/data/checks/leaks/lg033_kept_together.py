"""Photos of two leaves, by a correction, that other links keep in one group."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG033"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos of two leaves, by a correction, that other links keep in one group."""
    if inputs.groups is None or not inputs.groups.together:
        return None
    found = inputs.groups.together
    return Finding(
        CODE,
        "warning",
        f"{counted(len(found), 'pair')} of photos that you told apart in one group all the same",
        tuple(dict.fromkeys(path for pair in found for path in pair)),
        {"pairs": [list(pair) for pair in found]},
        "Another photo shows what both show, by its pixels or by your word, or your groups have both: they stay in one "
        "group.",
        "Look at the other photos of their group, and tell apart those of another leaf. If they are few, that "
        "is no fault.",
    )
