"""What people say of photos from the field."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leafgraft.records.command import typed

NONE_OF_THESE = "none of these"
CANNOT_TELL = "cannot tell"
UNNAMED_PLACE = "field"  # what a place is called where nobody names it


@dataclass(frozen=True, slots=True)
class FieldLabel:
    """One person's answer to one photo.

    Attributes:
        path: Path of the photo, with forward slashes: relative to the folder of the labels file, or absolute.
        label: A class, `NONE_OF_THESE` or `CANNOT_TELL`.
        labeller: Who says so; may be empty.
        time: When, in ISO 8601 with zone, to the second; may be empty.
        note: What else there is to say.
        group: Of the leaf or plant, where somebody gave one: its photos stay together.
        place: Where the photo was taken, where that is said.
    """

    path: str
    label: str
    labeller: str = ""
    time: str = ""
    note: str = ""
    group: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a phone knows of a photo that it took, whoever labels it later.

    Attributes:
        group: Of its plant, or empty.
        place: Where it was taken, or empty.
    """

    group: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class PhotoToLabel:
    """A photo that waits for a label.

    Attributes:
        file: Where it lies.
        path: What the labels file calls it.
        suggested: The class that a network would say, or empty.
        probability: By that network, or None.
    """

    file: Path
    path: str
    suggested: str = ""
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class LabelSheet:
    """What one person is asked to label.

    Attributes:
        photos: In the order in which they are shown.
        classes: That there are to choose from.
        labels: The file that answers are written to.
        labeller: Who answers.
        study: Folder of the study that the photos were picked for, or empty.
        place: Where they were taken, or empty.
    """

    photos: tuple[PhotoToLabel, ...]
    classes: tuple[str, ...]
    labels: Path
    labeller: str
    study: str = ""
    place: str = ""

    @property
    def command(self) -> str:
        """What adapts to the labels, as a person types it."""
        return typed("adapt", self.study or "STUDY_DIR", self.labels, place=self.place)

    @property
    def answers(self) -> tuple[str, ...]:
        """All that may be said of a photo."""
        return (*self.classes, NONE_OF_THESE, CANNOT_TELL)
