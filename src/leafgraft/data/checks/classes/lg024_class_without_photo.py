"""Classes without a photo that can be used."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted, in_yaml
from leafgraft.records.finding import Finding

CODE = "LG024"


def check(inputs: AuditInputs) -> Finding | None:
    """Classes without a photo that can be used."""
    empty = inputs.manifest.empty
    if not empty:
        return None
    named = "; ".join(f"{name} ({reason})" for name, reason in empty.items())
    return Finding(
        CODE,
        "error",
        f"{counted(len(empty), 'class has', 'classes have')} no photo that can be used: {named}",
        (),
        {"classes": dict(empty)},
        "A model knows only the classes that it was shown; a class that is absent is answered as one of the others.",
        f"Mend its photos or move its folder elsewhere; a study leaves it out with exclude: [{in_yaml(*empty)}].",
    )
