"""What is known of a folder of photos, and how photos are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from leafgraft.data.groups.leaf_groups import Groups, LeafPair, find_pairs, find_shared, find_shared_leaves, group
from leafgraft.data.read.listing import Source
from leafgraft.data.read.scan import Scan, scan
from leafgraft.data.split import split, split_corrected
from leafgraft.errors import SplitError, UsageError
from leafgraft.records.correction import NO_CORRECTIONS, Corrections, corrections_to_json
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress
from leafgraft.records.split import SplitPlan, Splits
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.files.atomic import to_json
from leafgraft.study.measured import measured


@dataclass(frozen=True, slots=True)
class Photos:
    """What is known of a folder of photos before any training.

    Attributes:
        scan: Readable photos and their facts.
        groups: Which photos show one leaf.
        given: The photos as they came, with their groups, where people corrected some; else None.
        corrections: What people corrected.
    """

    scan: Scan
    groups: Groups
    given: Manifest | None = None
    corrections: Corrections = NO_CORRECTIONS

    @property
    def manifest(self) -> Manifest:
        """The manifest with its groups."""
        return self.groups.manifest

    @property
    def as_they_came(self) -> Manifest:
        """The manifest without corrections."""
        return self.given or self.manifest

    def split(self, plan: SplitPlan) -> Splits:
        """Which photo is where; corrections change that as little as can be.

        Raises:
            SplitError: The photos cannot be split.
        """
        return split_corrected(self.given, self.manifest, plan) if self.given else split(self.manifest, plan)

    def split_as_they_came(self, plan: SplitPlan) -> Splits | None:
        """The same without corrections; None where they cannot be split so."""
        with suppress(SplitError):
            return split(self.as_they_came, plan)
        return None

    def corrections_told(self, splits: Splits | None, plan: SplitPlan) -> dict[str, Any]:
        """What people corrected, as audit.json holds it; empty where no file says so."""
        if self.given is None:
            return {}
        return corrections_to_json(self.corrections, splits, self.split_as_they_came(plan))


@dataclass(frozen=True, slots=True)
class Looking:
    """How to look at photos.

    Attributes:
        cache: Where facts and thumbnails are kept.
        progress: Shows how far it is.
        jobs: Threads; 0 takes every core.
        side: Pixels at which networks will look at them; 0 if none will, or if none is known yet.
    """

    cache: CacheFolder
    progress: Progress
    jobs: int = 0
    side: int = 0

    def __post_init__(self) -> None:
        if self.jobs < 0:
            raise UsageError("jobs must be at least 0.", f"It is {self.jobs}.", "Leave it out to read with every core.")

    def scan(self, source: Source, least_classes: int = 2) -> Scan:
        """Read all files of a source, and keep what later steps ask for; see `leafgraft.data.read.scan`."""
        return scan(source, self.cache, self.progress, self.jobs, least_classes, self.side)

    def groups(self, photos: Scan) -> Groups:
        """Find photos of the same leaf, or take up those found before, and merge their groups."""
        pairs = self._pairs("photos of one leaf", [photos.manifest], lambda: find_pairs(photos, *self._means))
        return group(photos.manifest, pairs)

    def shared(self, home: Scan, away: Scan) -> list[LeafPair]:
        """Photos of a second folder that show what a photo of the training folder shows; see `find_shared`."""
        both = [home.manifest, away.manifest]
        return self._pairs("leaves of both folders", both, lambda: find_shared(home, away, *self._means))

    def shown_in(self, home: Manifest, away: Manifest) -> frozenset[str]:
        """Paths of new photos that show a leaf of the study, such as its own ones that were saved again."""
        find = partial(find_shared_leaves, home, away, *self._means)
        return frozenset(pair.b_path for pair in self._pairs("leaves of the study", [home, away], find))

    @property
    def _means(self) -> tuple[CacheFolder, Progress, int]:
        return self.cache, self.progress, self.jobs

    def _pairs(self, what: str, of: Sequence[Manifest], find: Callable[[], Sequence[LeafPair]]) -> list[LeafPair]:
        """Pairs follow from photos, their names and labels; groups that a person gave come after."""
        given = [to_json([[photo.photo_id, photo.path, photo.label] for photo in one.photos]) for one in of]
        found = measured(self.cache, self.progress, what, given, lambda: [asdict(pair) for pair in find()])
        return [LeafPair(**pair) for pair in found]
