"""Groups given by the user that hold photos of several classes, or of several places."""

from __future__ import annotations

from collections import Counter

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.data.groups.leaf_groups import given_groups
from leafgraft.records.display import counted
from leafgraft.records.finding import Finding

CODE = "LG031"


def check(inputs: AuditInputs) -> Finding | None:
    """Groups given by the user that hold photos of several classes, or of several places."""
    photos = inputs.manifest.photos
    labels: dict[str, Counter[str]] = {}
    places: dict[str, Counter[str]] = {}
    for photo, given in zip(photos, given_groups(photos), strict=True):
        labels.setdefault(photo.group, Counter())[photo.label] += 1
        if given:  # pixels find leaves over all places
            places.setdefault(given, Counter())[photo.place] += 1
    across, apart = (
        {group: dict(counts) for group, counts in of.items() if len(counts) > 1} for of in (labels, places)
    )
    found = {**across, **apart}
    if not found:
        return None
    several = "classes or places" if apart else "classes"
    return Finding(
        CODE,
        "warning",
        f"{counted(len(found), 'group')} of {len(labels)} with photos of several {several}, as '{next(iter(found))}'",
        tuple(photo.path for photo in photos if photo.group in found),
        {"groups": across, "places": apart},
        "Each is kept together as one leaf. Where numbers start anew in each class or place, leaves that have nothing "
        "in common are tied together: parts of the split become uneven and intervals too wide, and while a place is "
        "left out, photos of the others are not trained on.",
        "If one plant does show several classes, or was photographed in several places, nothing must be done. If "
        "not, write the class or the place into the group: Healthy-12 or field-12 in a file or column; by name with "
        "the folder, "
        r"groups: {name: '([^/]+/\d+)_[^/]*$'}.",
    )
