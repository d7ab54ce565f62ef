"""Photos that lie on their side and say so."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG015"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos that lie on their side and say so."""
    turned = {photo.path: facts.exif_orientation for photo, facts in inputs.pairs() if facts.exif_orientation != 1}
    if not turned:
        return None
    return Finding(
        CODE,
        "note",
        f"{counted(len(turned), 'photo is turned by its', 'photos are turned by their')} EXIF data",
        tuple(turned),
        {"orientation": turned},
        "Such photos are turned upright here, in training and in use alike; tools that ignore it see them on their "
        "side.",
        "Nothing.",
    )
