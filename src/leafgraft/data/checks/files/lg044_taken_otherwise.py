"""Folders, columns and groups of which a person may have meant something else."""

from __future__ import annotations

from dataclasses import asdict

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.finding import Finding

CODE = "LG044"


def check(inputs: AuditInputs) -> Finding | None:
    """Folders, columns and groups of which a person may have meant something else."""
    taken = inputs.manifest.taken
    words = " ".join(taken.in_words())
    if not words:
        return None
    return Finding(
        CODE,
        "note",
        f"what may be meant otherwise: {words}",
        (),
        asdict(taken),
        "What you meant otherwise makes other classes and groups, and with them other figures.",
        "Nothing, if this is what you mean.",
    )
