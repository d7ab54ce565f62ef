"""Labels that are likely wrong."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG020"


def check(inputs: AuditInputs) -> Finding | None:
    """Labels that are likely wrong."""
    if not inputs.suspects:
        return None
    ranked = sorted((one for one in inputs.suspects.photos if one[0] not in inputs.settled), key=lambda one: one[2])
    settled = len(inputs.suspects.photos) - len(ranked)
    if not ranked:
        return None
    others = f"; {counted(settled, 'other is', 'others are')} settled by corrections" if settled else ""
    share = len(ranked) / len(inputs.manifest.photos)
    return Finding(
        CODE,
        "warning",
        f"{counted(len(ranked), 'label is', 'labels are')} likely wrong ({100 * share:.1f}% of the photos), by "
        f"features of {inputs.suspects.judged_by}{others}",
        tuple(one[0] for one in ranked),
        {
            "suspects": [
                {
                    "path": path,
                    "likelier": label,
                    "given_probability": round(given, 4),
                    "likelier_probability": round(likelier, 4),
                }
                for path, label, given, likelier in ranked
            ],
            "judged_by": inputs.suspects.judged_by,
            "settled": settled,
        },
        "In the test part wrong labels hold every recipe down alike; in the training part they teach it errors. Some "
        "are hard photos whose label is right.",
        "Look at each, the least probable first: leafgraft label STUDY_DIR shows them, and keeps what is corrected.",
    )
