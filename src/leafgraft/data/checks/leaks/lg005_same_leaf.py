"""Photos of one leaf: near-duplicates."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG005"


def check(inputs: AuditInputs) -> Finding | None:
    """Photos of one leaf: near-duplicates."""
    if inputs.groups is None:
        return None
    found = [pair for pair in inputs.groups.pairs if pair.similarity < 1.0]
    if not found:
        return None
    paths = dict.fromkeys(path for pair in found for path in (pair.a_path, pair.b_path))
    told = inputs.parted_in((pair.a_path, pair.b_path) for pair in found)
    return Finding(
        CODE,
        "warning",
        f"{counted(len(found), 'pair of photos shows', 'pairs of photos show')} the same leaf",
        tuple(paths),
        {"pairs": [[pair.a_path, pair.b_path, round(pair.similarity, 3)] for pair in found]},
        "A second photo of a training leaf is easier than a new leaf: split apart, they inflate the accuracy.",
        "Nothing must be done: each leaf is kept on one side of every split. Report the grouped figure."
        if not told
        else f"The split parts some of them: see {told}.",
    )
