"""Photos of odd shape."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG012"
LARGEST_RATIO = 2.0


def check(inputs: AuditInputs) -> Finding | None:
    """Photos of odd shape."""
    odd = {
        photo.path: [photo.width, photo.height]
        for photo in inputs.manifest.photos
        if max(photo.width, photo.height) / min(photo.width, photo.height) > LARGEST_RATIO
    }
    if not odd:
        return None
    return Finding(
        CODE,
        "warning",
        f"{counted(len(odd), 'photo is', 'photos are')} more than {LARGEST_RATIO:g} times as long as wide",
        tuple(odd),
        {"sizes": odd, "largest_ratio": LARGEST_RATIO},
        "Networks see a square: of such photos the ends are cut off.",
        "Crop such photos to the leaf.",
    )
