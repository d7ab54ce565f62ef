"""Photos unlike all others."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG034"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos unlike all others."""
    if inputs.suspects is None:
        return None
    found = {path: round(far, 1) for path, far in inputs.suspects.strangers if path not in inputs.settled}
    if not found:
        return None
    return Finding(
        CODE,
        "note",
        f"{counted(len(found), 'photo is', 'photos are')} unlike all others, by features of "
        f"{inputs.suspects.judged_by}",
        tuple(found),
        {"deviations": found, "judged_by": inputs.suspects.judged_by},
        "A hand, a label or a leaf of another crop among them says nothing of these classes.",
        "Look at each: leafgraft label STUDY_DIR shows them. Leave out what is no leaf of these classes; a rare leaf "
        "may stay.",
    )
