"""Files that are no photos, beside the photos."""

from __future__ import annotations

from collections import Counter

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.finding import Finding
from leafgraft.records.photo import kind_of_file, passed_over_in_words

CODE = "LG027"


def check(inputs: AuditInputs) -> Finding | None:
    """Files that are no photos, beside the photos."""
    passed_over = inputs.manifest.passed_over
    if not passed_over:
        return None
    return Finding(
        CODE,
        "note",
        passed_over_in_words(passed_over),
        passed_over,
        {"kinds": dict(Counter(map(kind_of_file, passed_over)).most_common())},
        "What a file is, is read from its content: these are no photos, or lie where a system keeps things for itself.",
        "Nothing, unless there are photos among them.",
    )
