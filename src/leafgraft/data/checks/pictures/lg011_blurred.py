"""Photos out of focus."""

from __future__ import annotations

import numpy as np

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG011"
# Variance of the Laplacian of the grey photo (Pech-Pacheco et al. 2000). Both must hold: a smooth leaf on plain paper
# has a low value too, so a photo counts as blurred only if it is so among its own kind.
BLURRED = 60.0
OF_THE_MEDIAN = 0.1


def check(inputs: AuditInputs) -> Finding | None:
    """Photos out of focus."""
    values = np.array([facts.blur for facts in inputs.facts])
    if not len(values):
        return None
    limit = min(BLURRED, OF_THE_MEDIAN * float(np.median(values)))
    blurred = {photo.path: round(facts.blur, 1) for photo, facts in inputs.unsettled() if facts.blur < limit}
    if not blurred:
        return None
    return Finding(
        CODE,
        "warning",
        f"{counted(len(blurred), 'photo is', 'photos are')} blurred",
        tuple(blurred),
        {"laplacian_variance": blurred, "below": round(limit, 1)},
        "Rings and edges of spots, by which the diseases differ, are the first to go.",
        "Take such photos again, or leave them out.",
    )
