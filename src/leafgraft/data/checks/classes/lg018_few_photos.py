"""Classes with too few photos to be split."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.data.split import FEWEST_PHOTOS
from leafgraft.records.display import counted, in_yaml
from leafgraft.records.finding import Finding

CODE = "LG018"


def check(inputs: AuditInputs) -> Finding | None:
    """Classes with too few photos to be split."""
    few = {label: count for label, count in inputs.class_counts.items() if count < FEWEST_PHOTOS}
    if not few:
        return None
    return Finding(
        CODE,
        "error",
        f"{counted(len(few), 'class has', 'classes have')} fewer than {FEWEST_PHOTOS} photos",
        tuple(photo.path for photo in inputs.manifest.photos if photo.label in few),
        {"classes": few, "needed": FEWEST_PHOTOS},
        "So few photos cannot be in training, validation and test at once.",
        f"Add photos, or leave such classes out with exclude: [{in_yaml(*few)}].",
    )
