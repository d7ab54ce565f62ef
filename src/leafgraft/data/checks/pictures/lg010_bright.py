"""Photos too bright to see a leaf."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG010"
BRIGHTEST = 235.0  # mean grey level, 0 to 255


def check(inputs: AuditInputs) -> Finding | None:
    """Photos too bright to see a leaf."""
    bright = {
        photo.path: round(facts.brightness, 1) for photo, facts in inputs.unsettled() if facts.brightness > BRIGHTEST
    }
    if not bright:
        return None
    return Finding(
        CODE,
        "warning",
        f"{counted(len(bright), 'photo is', 'photos are')} very bright",
        tuple(bright),
        {"brightness": bright, "above": BRIGHTEST},
        "Over-exposed leaves have lost the spots that tell the disease.",
        "Take such photos again with less light, or leave them out.",
    )
