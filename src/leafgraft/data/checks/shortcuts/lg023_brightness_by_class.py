"""Brightness that differs between classes."""

from __future__ import annotations

import numpy as np

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.finding import Finding

CODE = "LG023"
LARGE = 0.8  # of a deviation within classes: a large effect. Source: Cohen 1988


def check(inputs: AuditInputs) -> Finding | None:
    """Brightness that differs between classes."""
    values: dict[str, list[float]] = {label: [] for label in inputs.manifest.classes}
    for photo, facts in inputs.pairs():
        values[photo.label].append(facts.brightness)
    means = {label: float(np.mean(of)) for label, of in values.items()}
    within = float(np.sqrt(np.mean([np.var(of) for of in values.values()])))
    gap = max(means.values()) - min(means.values())
    if within == 0 or gap / within < LARGE:
        return None
    return Finding(
        CODE,
        "warning",
        f"the classes' mean brightness differs by {gap:.0f} grey levels",
        (),
        {"mean_brightness": {k: round(v, 1) for k, v in means.items()}, "gap_in_deviations": round(gap / within, 2)},
        "A network can tell the classes by their light; photos taken elsewhere will then be misjudged.",
        "Take all classes in the same light; augmentation: [jitter] makes brightness tell less.",
    )
