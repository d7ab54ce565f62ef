"""Where a training step gets its photos from: decoded once, changed on the device, batches are slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from leafgraft.choices.augmentations.operation import Augmentation
from leafgraft.choices.augmentations.randomness import permutation, photo_keys
from leafgraft.data.decode.pixel_rows import PixelMap
from leafgraft.records.photo import Manifest

ORDER, PARTNERS = 1, 2  # purposes of shuffles: order of training, partners of mixing


@dataclass(frozen=True, slots=True, eq=False)
class PhotoRows:
    """Some photos in fixed order, with their labels.

    Attributes:
        photo_ids: In order.
        pixels: Decoded photos.
        rows: Their rows in `pixels`, shape (N,).
        labels: Class indices, int64, shape (N,).
        classes: Number of classes.
        device: Where batches go.
        resident: All photos of `pixels`, if they lie there already.
    """

    photo_ids: tuple[str, ...]
    pixels: PixelMap
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    classes: int
    device: torch.device
    resident: Tensor | None = None

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.rows)

    @classmethod
    def of_map(cls, pixels: PixelMap, device: str) -> PhotoRows:
        """Every photo of a pixel map, in its order, without labels."""
        count = len(pixels.photo_ids)
        return cls(pixels.photo_ids, pixels, np.arange(count), np.zeros(count, np.int64), 2, torch.device(device))

    def everything(self) -> PhotoRows:
        """Every photo of the pixel map, in its order, whatever its label."""
        ids = self.pixels.photo_ids
        return replace(self, photo_ids=ids, rows=np.arange(len(ids)), labels=np.zeros(len(ids), dtype=np.int64))

    def targets(self, positions: NDArray[np.int64]) -> Tensor:
        """One-hot labels, float32, shape (N, C)."""
        labels = torch.from_numpy(self.labels[positions]).to(self.device)
        return torch.nn.functional.one_hot(labels, self.classes).float()

    def plain(self, positions: NDArray[np.int64]) -> Tensor:
        """Photos as they are, float32 from 0 to 255, shape (N, 3, S, S)."""
        return self._raw(positions).permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.channels_last)

    def changed(
        self, positions: NDArray[np.int64], augmentation: Augmentation, seed: int, epoch: int
    ) -> tuple[Tensor, Tensor]:
        """Augmented photos and their (soft) targets; a function of photo, seed and epoch alone."""
        photos, targets = self._change(positions, augmentation, seed, epoch), self.targets(positions)
        if augmentation.mixing is None:
            return photos, targets
        partners = permutation(seed, epoch, len(self), PARTNERS)[positions]
        others = self._change(partners, augmentation, seed, epoch)
        mixed, own = augmentation.mix(photos, others, self._keys(positions), seed, epoch)
        own = own[:, None]
        return mixed, targets * own + self.targets(partners) * (1 - own)

    def _change(self, positions: NDArray[np.int64], augmentation: Augmentation, seed: int, epoch: int) -> Tensor:
        return augmentation.change(self._raw(positions), self._keys(positions), seed, epoch)

    def _keys(self, positions: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(photo_keys([self.photo_ids[position] for position in positions])).to(self.device)

    def _raw(self, positions: NDArray[np.int64]) -> Tensor:
        if self.resident is not None:
            return self.resident[torch.from_numpy(self.rows[positions]).to(self.device)]
        return torch.from_numpy(self.pixels.take(self.rows[positions])).to(self.device)


def take_photos(
    manifest: Manifest, photo_ids: Sequence[str], classes: Sequence[str], pixels: PixelMap, device: torch.device
) -> PhotoRows:
    """Rows of `photo_ids`, in that order."""
    label_of = {photo.photo_id: photo.label for photo in manifest.photos}
    labels = np.array([classes.index(label_of[photo_id]) for photo_id in photo_ids], dtype=np.int64)
    return PhotoRows(tuple(photo_ids), pixels, pixels.indices(photo_ids), labels, len(classes), device)


def epoch_batches(count: int, batch_size: int, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """Positions of each step of an epoch, shuffled by seed and epoch; a last batch of one joins the one before."""
    order = permutation(seed, epoch, count, ORDER)
    batches = [order[start : start + batch_size] for start in range(0, count, batch_size)]
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [np.concatenate(batches[-2:])]
    return batches


def in_order(count: int, batch_size: int = 64) -> list[NDArray[np.int64]]:
    """Positions in fixed order."""
    return [np.arange(start, min(start + batch_size, count)) for start in range(0, count, batch_size)]
