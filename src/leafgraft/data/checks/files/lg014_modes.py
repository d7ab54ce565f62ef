"""Photos of several colour modes or bit depths."""

from __future__ import annotations

from collections import Counter

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.data.read.facts import PhotoFacts
from leafgraft.records.finding import Finding

CODE = "LG014"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos of several colour modes or bit depths."""
    modes = Counter(map(_kind, inputs.facts))
    if set(modes) <= {"RGB"}:
        return None
    odd = [photo.path for photo, facts in inputs.pairs() if _kind(facts) != modes.most_common(1)[0][0]]
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


def _kind(facts: PhotoFacts) -> str:
    """The mode, which says of grey photos alone that they have 16 bits."""
    return f"{facts.mode};16" if facts.bit_depth == 16 and ";16" not in facts.mode else facts.mode


def _share_by_class(inputs: AuditInputs) -> dict[str, float]:
    odd = dict.fromkeys(inputs.manifest.classes, 0)
    for photo, facts in inputs.pairs():
        odd[photo.label] += _kind(facts) != "RGB"
    return {label: round(odd[label] / count, 3) for label, count in inputs.class_counts.items()}
