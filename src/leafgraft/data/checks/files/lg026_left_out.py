"""Files that are left out though nothing may be wrong with the photo itself."""

from __future__ import annotations

from collections import Counter

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.data.decode.formats import CLOUD_MEND, LFS_MEND
from leafgraft.data.decode.photo import DOWNLOAD, MEND_PATH
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG026"
NOT_THERE = frozenset({MEND_PATH, DOWNLOAD, LFS_MEND, CLOUD_MEND})


def check(inputs: AuditInputs) -> Finding | None:
    """Files that are left out though nothing may be wrong with the photo itself."""
    left_out = [one for one in inputs.manifest.unreadable if one.mend]
    if not left_out:
        return None
    reasons = Counter(one.reason for one in left_out)
    named = ", ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common())
    mend = "; ".join(dict.fromkeys(one.mend for one in left_out))
    return Finding(
        CODE,
        "error" if NOT_THERE.intersection(one.mend for one in left_out) else "warning",
        f"{counted(len(left_out), 'file is', 'files are')} left out: {named}",
        tuple(one.path for one in left_out),
        {"reasons": {one.path: one.reason for one in left_out}, "to do": {one.path: one.mend for one in left_out}},
        "Nothing is wrong with such photos, but they are not learnt from, nor tested on.",
        f"{mend[0].upper()}{mend[1:]}.",
    )
