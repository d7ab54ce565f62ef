"""What people say of photos from the field."""

from __future__ import annotations

from dataclasses import dataclass

NONE_OF_THESE = "none of these"
CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class FieldLabel:
    """One person's answer to one photo.

    Attributes:
        path: Of the photo, with forward slashes: relative to the folder of the labels file, or absolute.
        label: A class, `NONE_OF_THESE` or `CANNOT_TELL`.
        labeller: Who says so; may be empty.
        time: When, in ISO 8601 with zone, to the second; may be empty.
        note: What else there is to say.
    """

    path: str
    label: str
    labeller: str = ""
    time: str = ""
    note: str = ""
