"""Parts of file names that seem to tell the leaf."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.data.groups.leaf_groups import given_groups
from leafgraft.data.groups.suggestion import suggest_groups
from leafgraft.data.split import shared_test_photos
from leafgraft.records.display import plural
from leafgraft.records.finding import Finding

CODE = "LG030"


def check(inputs: AuditInputs) -> Finding | None:
    """Parts of file names that seem to tell the leaf."""
    photos = inputs.manifest.photos
    free = tuple(photo for photo, given in zip(photos, given_groups(photos), strict=True) if not given)
    found = suggest_groups(free)
    if found is None:
        return None
    of_id = {photo.photo_id: found.value_of[photo.path] for photo in free if photo.path in found.value_of}
    tested = {photo_id for fold in inputs.splits.folds for photo_id in fold.test} if inputs.splits else set()
    shared = set(shared_test_photos(inputs.splits, of_id)) if inputs.splits else set()
    if inputs.splits and not shared:
        return None
    if inputs.splits:
        shares = plural(len(shared), "shares a part of its name", "share a part of their names")
        what = f"{len(shared)} of {len(tested)} test photos {shares} with a training photo"
    else:
        what = f"{found.shared} photos share a part of their names with another"
    line, within = _line(found.pattern), found.within_classes
    anew = f"write {_line(within)}" if within else "see groups in the reference of the study file"
    return Finding(
        CODE,
        "warning",
        f"file names suggest groups: {what}, as '{next(iter(found.value_of.values()))}'",
        tuple(photo.path for photo in free if photo.photo_id in shared),
        {
            "line": line,
            "pattern": found.pattern,
            "test_photos": len(shared),
            "photos": len(of_id),
            "groups": len(set(of_id.values())),
            "without": len(photos) - len(of_id),
        },
        "If it is the leaf, the plant or the day, such test photos show what was seen in training, and the test "
        "accuracy is too high. Pixels cannot know that two photos show two sides of one leaf; names can.",
        f"If it is, write {line} in the study file; for an audit, --group-name '{found.pattern}'. If it starts anew in "
        f"each class, {anew}. If it means nothing, nothing must be done.",
    )


def _line(pattern: str) -> str:
    quoted = pattern.replace("'", "''")
    return f"groups: {{name: '{quoted}'}}"
