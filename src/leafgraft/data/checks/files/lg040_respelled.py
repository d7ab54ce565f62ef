"""Paths of a CSV that are written otherwise on the disk."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG040"


def check(inputs: AuditInputs) -> Finding | None:
    """Paths of a CSV that are written otherwise on the disk."""
    respelled = inputs.manifest.respelled
    if not respelled:
        return None
    first = respelled[0]
    return Finding(
        CODE,
        "note",
        f"{counted(len(respelled), 'path of the CSV is', 'paths of the CSV are')} written otherwise on the disk: "
        f"'{first.written}' is {first.found}",
        tuple(one.found for one in respelled),
        {"written": {one.found: one.written for one in respelled}},
        "Back slashes, the case of letters, or the folder of another machine; the photo that is meant is the only one.",
        "Nothing, if these are the photos that you mean.",
    )
