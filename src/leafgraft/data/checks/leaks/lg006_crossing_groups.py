"""Photos of one leaf under two labels."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG006"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos of one leaf under two labels."""
    if inputs.groups is None:
        return None
    equal: dict[str, str] = {photo.path: facts.pixel_hash for photo, facts in inputs.pairs()}
    found = [pair for pair in inputs.groups.crossing if equal.get(pair.a_path) != equal.get(pair.b_path)]
    if not found:
        return None
    paths = dict.fromkeys(path for pair in found for path in (pair.a_path, pair.b_path))
    return Finding(
        CODE,
        "error",
        f"{counted(len(found), 'pair of photos shows', 'pairs of photos show')} the same leaf under two labels",
        tuple(paths),
        {"pairs": [[pair.a_path, pair.b_path, round(pair.similarity, 3)] for pair in found]},
        "One of the two labels is wrong. They are not merged into one group: that would hide it.",
        "Look at both photos, decide which label is right, and move or delete the other.",
    )
