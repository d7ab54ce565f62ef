"""Photos of several sizes."""

from __future__ import annotations

from collections import Counter

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.finding import Finding

CODE = "LG013"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos of several sizes."""
    sizes = Counter((photo.width, photo.height) for photo in inputs.manifest.photos)
    if len(sizes) < 2:
        return None
    common = [[f"{width}x{height}", count] for (width, height), count in sizes.most_common(5)]
    return Finding(
        CODE,
        "note",
        f"photos come in {len(sizes)} sizes",
        (),
        {"sizes": len(sizes), "most_common": common},
        "It does no harm by itself; if sizes differ between classes, see LG022.",
        "Nothing: every photo is resized the same way (shorter side to the network's input, then the centre).",
    )
