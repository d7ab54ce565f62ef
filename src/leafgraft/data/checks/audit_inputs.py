"""What the checks of an audit look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leafgraft.data.groups.leaf_groups import Groups
from leafgraft.data.read.facts import PhotoFacts
from leafgraft.data.split import PARTS
from leafgraft.errors import SplitError
from leafgraft.records.finding import Floor
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.split import Splits


@dataclass(frozen=True, slots=True)
class Suspects:
    """Labels that are likely wrong, and photos unlike all others.

    Attributes:
        photos: Path, likelier label, probability of the given label, and of the likelier one.
        judged_by: The network whose features say so, and its side.
        strangers: Photos unlike all others: path, and how far it lies from every class, in robust deviations.
    """

    photos: tuple[tuple[str, str, float, float], ...]
    judged_by: str
    strangers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class AuditInputs:
    """Everything that is known of the photos before any training.

    Attributes:
        manifest: The photos, and what was left out.
        facts: ``facts[i]`` belongs to ``manifest.photos[i]``.
        splits: How they are split; None if they cannot be.
        groups: Which photos show one leaf.
        floors: Accuracies that need no leaf.
        suspects: Labels that are likely wrong; None where they were not looked for.
        refusal: Why they cannot be split; None if they can, or need not be.
        corrections: What people corrected, as audit.json holds it; empty if nothing.
        floors_not_measured: Why by name, of floors that these photos cannot have.
        settled: Photos that people looked at: what is suspected of them is counted, and not listed again.
        shared: Of a second folder: a photo of the training folder, and one of this folder that shows the same.
    """

    manifest: Manifest
    facts: tuple[PhotoFacts, ...]
    splits: Splits | None = None
    groups: Groups | None = None
    floors: Mapping[str, Floor] = field(default_factory=dict)
    suspects: Suspects | None = None
    refusal: SplitError | None = None
    corrections: Mapping[str, Any] = field(default_factory=dict)
    floors_not_measured: Mapping[str, str] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    shared: tuple[tuple[str, str], ...] = ()

    def pairs(self) -> Iterator[tuple[Photo, PhotoFacts]]:
        """Each photo with its facts."""
        return zip(self.manifest.photos, self.facts, strict=True)

    def unsettled(self) -> Iterator[tuple[Photo, PhotoFacts]]:
        """Each photo that nobody looked at yet, with its facts."""
        return (pair for pair in self.pairs() if pair[0].path not in self.settled)

    def parted_in(self, sets: Iterable[Sequence[str]]) -> str:
        """What tells of sets that the split parts: LG007; of those in two groups LG032, or what gave the groups."""
        of_two_groups = "LG032" if self.groups and self.groups.apart else "groups/corrections"
        photo_of = {photo.path: photo for photo in self.manifest.photos}
        asked = [[photo_of[path] for path in of] for of in sets]
        codes = set()
        for fold in self.splits.folds if self.splits else ():
            part_of = {one: part for part in PARTS for one in getattr(fold, part)}
            for photos in asked:
                there = {(photo.group, part_of[photo.photo_id]) for photo in photos if photo.photo_id in part_of}
                if len({part for _, part in there}) > 1:
                    codes.add(of_two_groups if len({group for group, _ in there}) == len(there) else "LG007")
        return ", ".join(sorted(codes))

    @property
    def class_counts(self) -> dict[str, int]:
        """Photos of each class."""
        counts = dict.fromkeys(self.manifest.classes, 0)
        for photo in self.manifest.photos:
            counts[photo.label] += 1
        return counts

    @property
    def place_counts(self) -> dict[str, dict[str, int]]:
        """Photos of each class by place; none where photos have no place."""
        counts = {place: dict.fromkeys(self.manifest.classes, 0) for place in self.manifest.places}
        for photo in self.manifest.photos if counts else ():
            counts[photo.place][photo.label] += 1
        return counts
