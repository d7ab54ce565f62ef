"""Files that are byte for byte the same."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG003"


def check(inputs: AuditInputs) -> Finding | None:
    """Files that are byte for byte the same."""
    sets = inputs.manifest.copies
    if not sets:
        return None
    left_out = sum(len(of) - 1 for of in sets)
    part_of = inputs.manifest.split_of_copy
    across = [of for of in sets if len({part_of.get(path) for path in of}) > 1]
    leak = counted(len(across), "photo lies", "photos lie")
    parts = f"; {leak} in several parts of the split that they came with" if across else ""
    return Finding(
        CODE,
        "warning",
        f"{counted(left_out, 'file is an exact copy of another', 'files are exact copies of others')}; left out{parts}",
        tuple(path for of in sets for path in of),
        {"sets": [list(of) for of in sets], "left_out": left_out, "across_parts": [list(of) for of in across]},
        "A copy in the test part of a photo in the training part is answered from memory.",
        "Delete the copies; the first of each set is used.",
    )
