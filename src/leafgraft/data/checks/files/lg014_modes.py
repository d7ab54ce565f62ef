"""Photos of several colour modes or bit depths."""

from __future__ import annotations

from collections import Counter

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.finding import Finding

CODE = "LG014"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos of several colour modes or bit depths."""
    modes = Counter(facts.mode for facts in inputs.facts)
    if set(modes) <= {"RGB"}:
        return None
    odd = [photo.path for photo, facts in inputs.pairs() if facts.mode != modes.most_common(1)[0][0]]
    share_by_class = _share_by_class(inputs)
    return Finding(
        CODE,
        "warning" if odd else "note",
        f"colour modes are mixed: {', '.join(f'{mode} {count}' for mode, count in modes.most_common())}",
        tuple(odd),
        {"modes": dict(modes), "share_not_rgb_by_class": share_by_class},
        "All are turned into 8-bit RGB (CMYK by its values, 16 bits scaled, transparency over white); grey photos have "
        "lost the colour by which diseases differ.",
        "Export them all from the camera as RGB JPEG or PNG.",
    )


def _share_by_class(inputs: AuditInputs) -> dict[str, float]:
    odd = dict.fromkeys(inputs.manifest.classes, 0)
    for photo, facts in inputs.pairs():
        odd[photo.label] += facts.mode != "RGB"
    return {label: round(odd[label] / count, 3) for label, count in inputs.class_counts.items()}
