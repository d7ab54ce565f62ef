"""How sure a figure on the test photos can be."""

from __future__ import annotations

import math

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.finding import Finding

CODE = "LG019"
ASSUMED_ACCURACY = 0.95
WIDE, VERY_WIDE = 0.02, 0.04


def check(inputs: AuditInputs) -> Finding | None:
    """How sure a figure on the test photos can be."""
    if inputs.splits is None:
        return None
    tested = {photo_id for fold in inputs.splits.folds for photo_id in fold.test}
    groups = len({photo.group for photo in inputs.manifest.photos if photo.photo_id in tested})
    half = _half_width(ASSUMED_ACCURACY, groups)
    if half < WIDE:
        return None
    needed = next(
        count for count in range(groups, 10**7, max(1, groups // 10)) if _half_width(ASSUMED_ACCURACY, count) < WIDE
    )
    return Finding(
        CODE,
        "warning" if half >= VERY_WIDE else "note",
        f"a test accuracy of 95% will be sure to ±{100 * half:.1f} points only",
        (),
        {
            "test_photos": len(tested),
            "test_groups": groups,
            "half_width_points": round(100 * half, 2),
            "groups_needed": needed,
        },
        f"With {groups} independent test photos, recipes closer than that cannot be told apart.",
        f"Test on about {needed:,} photos for ±{100 * WIDE:.0f} points, or cross-validate with split: {{folds: 5}}.",
    )


def _half_width(accuracy: float, count: int) -> float:
    """Half of Wilson's 95% interval. Source: Wilson 1927."""
    z = 1.959964
    spread = math.sqrt(accuracy * (1 - accuracy) / count + z**2 / (4 * count**2))
    return z * spread / (1 + z**2 / count)
