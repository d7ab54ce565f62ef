"""Groups given by the user that hold photos of several classes."""

from __future__ import annotations

from collections import Counter

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG031"


def check(inputs: AuditInputs) -> Finding | None:
    """Groups given by the user that hold photos of several classes."""
    labels: dict[str, Counter[str]] = {}
    for photo in inputs.manifest.photos:
        labels.setdefault(photo.group, Counter())[photo.label] += 1
    across = {group: dict(counts) for group, counts in labels.items() if len(counts) > 1}
    if not across:
        return None
    return Finding(
        CODE,
        "warning",
        f"{counted(len(across), 'group')} of {len(labels)} with photos of several classes, as '{next(iter(across))}'",
        tuple(photo.path for photo in inputs.manifest.photos if photo.group in across),
        {"groups": across},
        "Each is kept together as one leaf. Where numbers start anew in each class, leaves that have nothing in common "
        "are tied together: parts of the split become uneven and intervals too wide.",
        "If one plant does show several classes, nothing must be done. If not, write the class into the group: "
        r"Healthy-12 in a file or column; by name with the folder, groups: {name: '([^/]+/\d+)_[^/]*$'}.",
    )
