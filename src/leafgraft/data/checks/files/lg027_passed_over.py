"""Files that are no photos, beside the photos."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding
from leafgraft.records.photo import kind_of_file

CODE = "LG027"
MOST_NAMED = 6


def check(inputs: AuditInputs) -> Finding | None:
    """Files that are no photos, beside the photos."""
    passed_over = inputs.manifest.passed_over
    if not passed_over:
        return None
    names = [PurePosixPath(path).name for path in passed_over]
    kinds = Counter(
        f"{name}/" if path.endswith("/") else kind_of_file(name) for path, name in zip(passed_over, names, strict=True)
    )
    named = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(MOST_NAMED))
    more = f" and {len(kinds) - MOST_NAMED} other kinds" if len(kinds) > MOST_NAMED else ""
    return Finding(
        CODE,
        "note",
        f"{counted(len(passed_over), 'file or folder is', 'files or folders are')} passed over as no photos: "
        f"{named}{more}",
        passed_over,
        {"kinds": dict(kinds)},
        "What a file is, is read from its content: these are no photos, or lie where a system keeps things for itself.",
        "Nothing, unless there are photos among them.",
    )
