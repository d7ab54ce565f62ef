"""What is known of a folder of photos, and how photos are looked at."""

from __future__ import annotations

from dataclasses import dataclass

from leafgraft.data.groups.leaf_groups import Groups
from leafgraft.data.read.scan import Scan
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.cache_folder import CacheFolder


@dataclass(frozen=True, slots=True)
class Photos:
    """What is known of a folder of photos before any training.

    Attributes:
        scan: Readable photos and their facts.
        groups: Which photos show one leaf.
    """

    scan: Scan
    groups: Groups

    @property
    def manifest(self) -> Manifest:
        """The manifest with its groups."""
        return self.groups.manifest


@dataclass(frozen=True, slots=True)
class Looking:
    """How to look at photos.

    Attributes:
        cache: Where facts and thumbnails are kept.
        progress: Shows how far it is.
        jobs: Processes; 0 takes every core.
    """

    cache: CacheFolder
    progress: Progress
    jobs: int = 0
