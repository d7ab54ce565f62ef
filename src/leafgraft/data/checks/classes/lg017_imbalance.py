"""Classes of very different size."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.finding import Finding

CODE = "LG017"
RATIO, SEVERE_RATIO = 1.5, 5.0


def check(inputs: AuditInputs) -> Finding | None:
    """Classes of very different size."""
    counts = inputs.class_counts
    ratio = max(counts.values()) / min(counts.values())
    if ratio < RATIO:
        return None
    return Finding(
        CODE,
        "warning" if ratio >= SEVERE_RATIO else "note",
        f"the largest class has {ratio:.1f} times the photos of the smallest",
        (),
        {"classes": counts, "ratio": round(ratio, 2)},
        "Accuracy can then look good while the small class is missed: read balanced accuracy and macro-F1 too.",
        "Add photos of the small class, or try loss: class_balanced.",
    )
