"""What a trial is trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from leafgraft.data.decode.pixel_rows import PixelMap
from leafgraft.data.places import balancing_counts
from leafgraft.records.photo import Manifest
from leafgraft.records.recipe import Trial
from leafgraft.records.split import Fold, Splits
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.training.photos.photo_rows import PhotoRows, take_photos
from leafgraft.training.photos.resident import to_device


@dataclass(frozen=True, slots=True, eq=False)
class TrialInputs:
    """Photos and splits of a study at one image size.

    Attributes:
        manifest: Photos, labels, groups.
        splits: Which photo is where.
        pixels: Decoded photos.
        cache: Where outputs of frozen stages are kept.
        fingerprint: Short hash of photos, splits and weights: a trial made from others does not count as done. Photos
            of second folders, which no trial learns from, are no part of it.
        device: ``cpu``, ``cuda`` or ``mps``.
        also_test: Second folders by name: their photos, decoded.
        devices: That a trial is spread over.
        earlier: Fingerprints as versions before 2026-12 made them, of the photos of second folders too, as those are
            and as they were: they count as well.
    """

    manifest: Manifest
    splits: Splits
    pixels: PixelMap
    cache: CacheFolder
    fingerprint: str
    device: str = "cpu"
    also_test: Mapping[str, tuple[Manifest, PixelMap]] = field(default_factory=dict)
    devices: int = 1
    earlier: tuple[str, ...] = ()
    _resident: list[Tensor | None] = field(default_factory=list, init=False)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of every logits column."""
        return self.manifest.classes

    @property
    def answered(self) -> dict[str, Manifest]:
        """Photos of the second folders, which every finished trial has answered."""
        return {name: manifest for name, (manifest, _) in self.also_test.items()}

    def fold(self, number: int) -> Fold:
        """One fold."""
        return self.splits.folds[number]

    def untrained(self, number: int) -> tuple[str, ...]:
        """Places that a fold is tested in and not trained in; none where photos have no place."""
        return replace(self.splits, folds=(self.fold(number),)).untrained(self.manifest.photos)

    def photos(self, photo_ids: Sequence[str]) -> PhotoRows:
        """Rows of some photos, in that order; a GPU gets all photos once."""
        device = torch.device(self.device)
        if not self._resident:
            self._resident.append(to_device(self.pixels, device))
        rows = take_photos(self.manifest, photo_ids, self.classes, self.pixels, device)
        return replace(rows, resident=self._resident[0])

    def second(self, name: str) -> PhotoRows:
        """All photos of a second folder, in its manifest's order."""
        manifest, pixels = self.also_test[name]
        ids = [photo.photo_id for photo in manifest.photos]
        return take_photos(manifest, ids, self.classes, pixels, torch.device(self.device))

    def groups(self, photo_ids: Sequence[str], second: str = "") -> NDArray[np.str_]:
        """Group of each photo."""
        manifest = self.also_test[second][0] if second else self.manifest
        group_of = {photo.photo_id: photo.group for photo in manifest.photos}
        return np.array([group_of[photo_id] for photo_id in photo_ids], dtype=np.str_)

    def places(self, photo_ids: Sequence[str]) -> NDArray[np.str_] | None:
        """Place of each photo; None where photos have no place."""
        place_of = {photo.photo_id: photo.place for photo in self.manifest.photos if photo.place}
        return np.array([place_of[photo_id] for photo_id in photo_ids], dtype=np.str_) if place_of else None

    def counts(self, trial: Trial) -> NDArray[np.float64] | None:
        """How much each training photo of a trial counts in the loss, shape (N,); None where all count once."""
        places = self.places(self.fold(trial.fold).train) if trial.recipe.balance == "places" else None
        return None if places is None else balancing_counts(places.tolist())
