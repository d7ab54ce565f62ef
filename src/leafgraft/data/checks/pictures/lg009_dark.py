"""Photos too dark to see a leaf."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG009"
DARKEST = 30.0  # mean grey level, 0 to 255


def check(inputs: AuditInputs) -> Finding | None:
    """Photos too dark to see a leaf."""
    dark = {photo.path: round(facts.brightness, 1) for photo, facts in inputs.unsettled() if facts.brightness < DARKEST}
    if not dark:
        return None
    return Finding(
        CODE,
        "warning",
        f"{counted(len(dark), 'photo is', 'photos are')} very dark",
        tuple(dark),
        {"brightness": dark, "below": DARKEST},
        "What cannot be seen cannot be learned; what a model learns from a dark photo is the darkness.",
        "Take such photos again in daylight, or leave them out. Brightness as augmentation does not bring detail back.",
    )
