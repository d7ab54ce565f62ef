"""Groups on both sides of the split that the photos came with."""

from __future__ import annotations

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.data.split import leaks, shared_test_photos
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG007"


def check(inputs: AuditInputs) -> Finding | None:
    """Groups on both sides of the split that the photos came with."""
    if inputs.splits is None:
        return None
    straddling = leaks(inputs.manifest, inputs.splits)
    if not straddling:
        return None
    path_of = {photo.photo_id: photo.path for photo in inputs.manifest.photos}
    sets = [[path_of[photo_id] for photo_id in ids] for ids in straddling]
    shared = len(shared_test_photos(inputs.splits, {photo.photo_id: photo.group for photo in inputs.manifest.photos}))
    given = inputs.splits.origin == "given"
    return Finding(
        CODE,
        "error" if given else "warning",
        f"{counted(len(sets), 'leaf lies', 'leaves lie')} on both sides of the split; "
        f"{counted(shared, 'test photo shows', 'test photos show')} a leaf of training",
        tuple(path for of in sets for path in of),
        {"sets": sets, "test_photos": shared, "origin": inputs.splits.origin},
        "Test photos of such leaves were seen in training: the test accuracy is too high.",
        "Let leafgraft split instead: put all photos of a class into one folder, without train and test folders."
        if given
        else "Set keep_groups: true.",
    )
