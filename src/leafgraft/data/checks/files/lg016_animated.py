"""Files of several frames."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG016"


def check(inputs: AuditInputs) -> Finding | None:
    """Files of several frames."""
    moving = {photo.path: facts.frames for photo, facts in inputs.pairs() if facts.frames > 1}
    if not moving:
        return None
    return Finding(
        CODE,
        "note",
        f"{counted(len(moving), 'file holds', 'files hold')} several frames",
        tuple(moving),
        {"frames": moving},
        "Only the first frame is used.",
        "Save the frame that shows the leaf best as a photo of its own.",
    )
