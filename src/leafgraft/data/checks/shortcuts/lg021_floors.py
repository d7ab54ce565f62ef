"""What needs no leaf and still finds the class."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.finding import Finding

CODE = "LG021"
MARGIN = 0.02  # of accuracy


def check(inputs: AuditInputs) -> Finding | None:
    """What needs no leaf and still finds the class."""
    largest = inputs.floors.get("largest_class")
    if largest is None:
        return None
    above = {
        name: floor
        for name, floor in inputs.floors.items()
        if name != "largest_class" and floor.interval[0] > largest.accuracy + MARGIN
    }
    if not above:
        return None
    name, worst = max(above.items(), key=lambda item: item[1].accuracy)
    return Finding(
        CODE,
        "warning",
        f"{name.replace('_', ' ')} alone finds the class in {100 * worst.accuracy:.1f}% of the photos",
        (),
        {
            "largest_class": round(largest.accuracy, 4),
            "floors": {key: {"accuracy": f.accuracy, "interval": list(f.interval)} for key, f in above.items()},
        },
        "Part of any accuracy on these photos may come from how they were taken, not from the leaf.",
        "Take photos of all classes in the same places and light; test on a second folder from elsewhere (also_test).",
    )
