"""Photos of one leaf in different groups of the user's."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG032"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos of one leaf in different groups of the user's."""
    if inputs.groups is None or not inputs.groups.apart:
        return None
    found = inputs.groups.apart
    paths = dict.fromkeys(path for pair in found for path in (pair.a_path, pair.b_path))
    return Finding(
        CODE,
        "warning",
        f"{counted(len(found), 'pair')} of photos of one leaf, by the pixels, in different groups that you gave",
        tuple(paths),
        {"pairs": [[pair.a_path, pair.b_path, round(pair.similarity, 3)] for pair in found]},
        "Your groups are taken as they are. If the pixels are right, such a leaf may be trained on and tested.",
        "Look at both photos. If they show one leaf, give them one group.",
    )
