"""Folders of one class whose names differ in Unicode form only."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.data.read.spelling import composed
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG041"


def check(inputs: AuditInputs) -> Finding | None:
    """Folders of one class whose names differ in Unicode form only."""
    forms: dict[str, dict[str, list[str]]] = {}
    for photo in inputs.manifest.photos:
        for folder in photo.path.split("/")[:-1]:
            if composed(folder) == photo.label:
                forms.setdefault(photo.label, {}).setdefault(folder, []).append(photo.path)
    merged = {label: of for label, of in forms.items() if len(of) > 1}
    if not merged:
        return None
    return Finding(
        CODE,
        "note",
        f"{counted(len(merged), 'class lies', 'classes lie')} in folders whose names look alike: {', '.join(merged)}",
        tuple(path for of in merged.values() for paths in of.values() for path in paths),
        {"photos": {label: [len(paths) for paths in of.values()] for label, of in merged.items()}},
        "Systems differ in how they write composed letters (NFC and NFD); both forms are taken as one class.",
        "Nothing, if they are one class; else rename one of the folders.",
    )
