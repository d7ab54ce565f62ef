"""What people are asked of the photos of a study: faults that were found, and what may be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leafgraft.records.correction import Correction

SHARED = "shared"  # with a second folder


@dataclass(frozen=True, slots=True)
class ReviewPhoto:
    """A photo that is shown.

    Attributes:
        file: Where it lies.
        path: What the corrections file calls it.
        label: Its class, as the photos came.
        tested: Whether it is a test photo.
    """

    file: Path
    path: str
    label: str = ""
    tested: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody should look.

    Attributes:
        code: What is suspected: ``crossing``, ``leak``, ``suspect``, ``missed``, ``shared``, ``apart``, ``unlike``,
            ``blurred``, ``dark``, ``bright`` or ``same_leaf``.
        name: The likelier class, or the second folder; else empty.
        share: Probability of that class, or how alike two photos are; None if it is not known.
    """

    code: str
    name: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One question.

    Attributes:
        photos: One photo, or a pair.
        reasons: Why they are shown, the firmest first.
        choices: What may be said.
    """

    photos: tuple[ReviewPhoto, ...]
    reasons: tuple[Reason, ...]
    choices: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class ReviewSheet:
    """What one person is asked to review.

    Attributes:
        items: In the order in which they are shown.
        classes: Classes of the study.
        corrections: The file that answers are written to.
        labeller: Who answers.
        root: The photos folder, which paths are relative to.
        paths: Paths of all photos that a correction may name.
        copies: Which of these is meant by the path of a byte-identical copy.
        tested: Paths of the test photos.
        applied: What the study took from corrections already.
        trials: Keys of the finished trials of the study.
        command: What runs the study with the corrections.
    """

    items: tuple[ReviewItem, ...]
    classes: tuple[str, ...]
    corrections: Path
    labeller: str
    root: str
    paths: frozenset[str]
    copies: Mapping[str, str]
    tested: frozenset[str]
    applied: frozenset[tuple[frozenset[str], str, str]]
    trials: tuple[str, ...]
    command: str

    @property
    def gone(self) -> list[str]:
        """Paths of photos that lie no longer where they were."""
        photos = dict.fromkeys(photo for item in self.items for photo in item.photos)
        return [photo.path for photo in photos if not photo.file.is_file()]
