"""Photos whose lower part is absent, though the file ends as a whole one does."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG028"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos whose lower part is absent, though the file ends as a whole one does."""
    cut = {photo.path: round(facts.missing, 3) for photo, facts in inputs.pairs() if facts.missing > 0}
    if not cut:
        return None
    return Finding(
        CODE,
        "warning",
        f"{counted(len(cut), 'photo was', 'photos were')} cut: up to {max(cut.values()):.0%} of the rows are absent "
        "and read as grey",
        tuple(cut),
        {"missing": cut},
        "A copy that broke off, closed by an end mark: programs show it without a word, and a network learns the grey.",
        "Copy such photos again from where they came from, or delete them.",
    )
