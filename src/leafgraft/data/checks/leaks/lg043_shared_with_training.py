"""Photos of a second folder that show what the training folder shows."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG043"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos of a second folder that show what the training folder shows."""
    if not inputs.shared:
        return None
    away = tuple(dict.fromkeys(path for _, path in inputs.shared))
    return Finding(
        CODE,
        "error",
        f"{counted(len(away), 'photo shows', 'photos show')} what a photo of the training folder shows, "
        f"first {away[0]} and {inputs.shared[0][0]}",
        away,
        {"pairs": [list(pair) for pair in inputs.shared]},
        "A second folder tells what happens elsewhere. Such photos are not from elsewhere, and the accuracy there is "
        "too high by them.",
        "Take such photos out of the second folder, or name a folder of photos from elsewhere.",
    )
