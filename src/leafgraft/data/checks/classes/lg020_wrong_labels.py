"""Labels that are likely wrong."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG020"


def check(inputs: AuditInputs) -> Finding | None:
    """Labels that are likely wrong."""
    if not inputs.suspects or not inputs.suspects.photos:
        return None
    ranked = sorted(inputs.suspects.photos, key=lambda one: one[2])
    share = len(ranked) / len(inputs.manifest.photos)
    return Finding(
        CODE,
        "warning",
        f"{counted(len(ranked), 'label is', 'labels are')} likely wrong ({100 * share:.1f}% of the photos), by "
        f"features of {inputs.suspects.judged_by}",
        tuple(path for path, _, _ in ranked),
        {
            "suspects": [{"path": p, "likelier": label, "given_probability": round(q, 4)} for p, label, q in ranked],
            "judged_by": inputs.suspects.judged_by,
        },
        "In the test part they hold every recipe down alike; in the training part they teach it errors. Some are hard "
        "photos whose label is right.",
        "Look at them, the least probable first, and mend those that are wrong.",
    )
