"""Files that are not whole photos."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG001"


def check(inputs: AuditInputs) -> Finding | None:
    """Files that are not whole photos."""
    broken = [one for one in inputs.manifest.unreadable if not one.mend]
    if not broken:
        return None
    reasons = {one.path: one.reason for one in broken}
    return Finding(
        CODE,
        "warning",
        f"{counted(len(broken), 'file')} cannot be read; left out",
        tuple(reasons),
        {"reasons": reasons},
        "Trainers that skip such files silently, or stop in the middle, make figures that nobody can repeat.",
        "Replace such files with whole photos, or delete them.",
    )
