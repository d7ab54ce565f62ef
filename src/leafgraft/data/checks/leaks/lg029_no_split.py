"""Photos that cannot be split as they are."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.data.split import FEWEST_PHOTOS
from leafgraft.records.finding import Finding

CODE = "LG029"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos that cannot be split as they are."""
    refusal = inputs.refusal
    if refusal is None or min(inputs.class_counts.values()) < FEWEST_PHOTOS:  # of few photos another finding tells
        return None
    why_not = f"{refusal.asked} {refusal.found}"
    return Finding(
        CODE,
        "error",
        f"The photos cannot be split as they are: {why_not}",
        (),
        {"asked": refusal.asked, "found": refusal.found},
        "Without photos for training, validation and test nothing can be trained and tested.",
        f"{refusal.mend}",
    )
