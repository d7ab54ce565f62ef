"""Groups and places that a file gives: each is written in one way, and a leaf is of one class and one place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leafgraft.data.read.spelling import ONE_FOR_BOTH, TWO_LEAVES, of_several, spelled_twice
from leafgraft.errors import PredictionsError
from leafgraft.records.display import counted


def check_spelled_once(path: Path, groups: Sequence[str], places: Sequence[str]) -> None:
    """Refuse a group or a place in two spellings, and two groups in one: each would be one of its own.

    Args:
        path: File to name in errors.
        groups: Group of each row; empty where none are given.
        places: Place of each row; empty where none are given.

    Raises:
        PredictionsError: Two differ in case, blanks, leading zeros or letters that look alike or are invisible alone,
            or one names several.
    """
    if several := of_several(groups):
        found = f"It has '{groups[several[0]]}' and '{several[1]}', which is a group of its own."
        raise PredictionsError(f"'{path}' must give each photo one group.", found, ONE_FOR_BOTH)
    for what, names, mend in (("group", groups, TWO_LEAVES), ("place", places, "Write both in one way.")):
        written = list(dict.fromkeys(names))
        if twice := spelled_twice(written):
            one, other = (written[at] for at in twice)
            found = (
                f"It has '{one}' and '{other}', the same but for case, blanks, leading zeros, or letters that look "
                "alike or are invisible."
            )
            raise PredictionsError(f"'{path}' must write each {what} in one way.", found, mend)


def groups_of_several(path: Path, groups: Sequence[str], labels: Sequence[str], places: Sequence[str]) -> list[str]:
    """Says how many groups hold photos of several classes, or of several places: numbers may start anew in each.

    Args:
        path: File to name in what is said.
        groups: Group of each of N rows; empty where a photo has none.
        labels: True class of each row.
        places: Place of each row; an empty sequence where the file tells none.
    """
    classes, apart = _of_several(groups, labels), _of_several(groups, places)
    said = []
    if classes:
        said.append(
            f"'{path}': photos of several classes in {counted(len(classes), 'group')}, as '{classes[0]}'; each counts "
            "as one leaf. If numbers start anew in each class, write the class into the group: Healthy-12."
        )
    if apart:
        said.append(
            f"'{path}': photos of several places in {counted(len(apart), 'group')}, as '{apart[0]}'; each counts as "
            "one leaf. If numbers start anew in each place, write the place into the group: field-12."
        )
    return said


def _of_several(groups: Sequence[str], values: Sequence[str]) -> list[str]:
    """Groups whose rows have different values."""
    held: dict[str, set[str]] = {}
    for group, value in zip(groups, values, strict=False):
        held.setdefault(group, set()).add(value)
    return [group for group, of in held.items() if group and len(of) > 1]
