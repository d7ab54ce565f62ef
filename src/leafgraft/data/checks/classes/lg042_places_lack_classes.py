"""Places without a photo of some class."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted, first_of
from leafgraft.records.finding import Finding

CODE = "LG042"
MOST_SHOWN = 5


def check(inputs: AuditInputs) -> Finding | None:
    """Places without a photo of some class."""
    lacking = {
        place: [name for name, count in counts.items() if not count] for place, counts in inputs.place_counts.items()
    }
    lacking = {place: names for place, names in lacking.items() if names}
    if not lacking:
        return None
    named = first_of([f"{place} ({', '.join(names)})" for place, names in lacking.items()], MOST_SHOWN, "; ")
    return Finding(
        CODE,
        "warning",
        f"{counted(len(lacking), 'place has', 'places have')} no photo of some class: {named}",
        (),
        {"places": lacking},
        "What tells the places apart, such as light and background, then tells these classes apart too, and a network "
        "may learn that instead of the leaf. The accuracy in such a place says nothing of the class that it lacks.",
        "Take photos of every class in every place. Until then, read the accuracy place by place.",
    )
