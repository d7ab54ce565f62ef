"""Photos smaller than what networks see."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG008"
LEAST_SIDE_PX = 64  # a spot of early blight is then some 3 pixels wide


def check(inputs: AuditInputs) -> Finding | None:
    """Photos smaller than what networks see."""
    small = {
        photo.path: [photo.width, photo.height]
        for photo in inputs.manifest.photos
        if min(photo.width, photo.height) < LEAST_SIDE_PX
    }
    if not small:
        return None
    return Finding(
        CODE,
        "warning",
        f"{counted(len(small), 'photo has', 'photos have')} a side below {LEAST_SIDE_PX} pixels",
        tuple(small),
        {"sizes": small, "least_side_px": LEAST_SIDE_PX},
        "Enlarged to the network's input, small photos are blurred; if one class has most of them, blur gives the "
        "class away.",
        "Replace such photos with the original ones, or leave them out.",
    )
