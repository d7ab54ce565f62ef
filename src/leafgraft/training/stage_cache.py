"""Outputs of frozen stages, computed once and kept.

While the first stages of a backbone are frozen, what they give for a photo never changes: it is computed once per
photo and view, and reused by every epoch, seed, head, loss, optimizer and scheduler. Augmented photos come in a few
recorded views (epoch e uses view e modulo V); validation and test use the plain photo.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from torch import Tensor

from leafgraft.choices.augmentations.operation import Augmentation
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Choice
from leafgraft.storage.cache_folder import CacheFolder
from leafgraft.storage.entry_lock import alone
from leafgraft.storage.kept_array import keep_array, open_kept
from leafgraft.training.batches import PhotoRows, in_order
from leafgraft.training.network import Network
from leafgraft.training.stage_means import stage_means

VIEW_SEED = 0  # views are shared by all seeds of a study: only so can their features be
GIGABYTE = 1024**3


def map_budget_bytes() -> int:
    """Most bytes of maps to keep per trial: `$LEAFGRAFT_MAPS_GB`, else a quarter of the free memory."""
    named = os.environ.get("LEAFGRAFT_MAPS_GB")
    return int(float(named) * GIGABYTE) if named else psutil.virtual_memory().available // 4


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """The frozen first stages of a network.

    Attributes:
        network: In evaluation mode as far as the prefix goes.
        identity: Which backbone with which weights at which size.
        cut: Number of leading stages.
        cache: Where outputs are kept.
        progress: Shows how far it is.
    """

    network: Network
    identity: str
    cut: int
    cache: CacheFolder
    progress: Progress

    @property
    def pooled(self) -> bool:
        """Whether the outputs are features, not maps."""
        return self.cut == len(self.network.backbone.stage_names)

    def __call__(self, photos_nchw: Tensor) -> Tensor:
        """Photos from 0 to 255 through the prefix; maps are rounded as kept ones are, so that both give the same."""
        with torch.inference_mode():
            outputs = self.network.prefix(photos_nchw, self.cut)
            if self.cut > 0 and not self.pooled:
                outputs = outputs.half().float()
        return outputs.clone()  # an inference tensor may not take part in a training step

    def plain(self, photos: PhotoRows) -> NDArray[Any]:
        """Outputs for the plain photos, in order: kept ones if there are any.

        Features are kept for all photos of the pixel map at once, so that every split of them shares the work.
        """
        if not self.pooled:
            return self._kept(photos, "plain", photos.plain)
        last = self.network.backbone.stage_names[-1]
        return np.asarray(self.stages(photos)[last][photos.rows])

    def stages(self, photos: PhotoRows) -> dict[str, NDArray[np.float32]]:
        """What each stage gives for every photo of the pixel map, averaged over places; the last as the head sees it.

        One pass gives them all, so the probes of the diagnosis cost no further one.
        """
        count, side = len(photos.pixels.photo_ids), self.side
        blank = torch.zeros(1, 3, side, side, device=photos.device)
        widths = {name: means.shape[1] for name, means in stage_means(self.network.eval(), blank).items()}
        everything = replace(
            photos, photo_ids=photos.pixels.photo_ids, rows=np.arange(count), labels=np.zeros(count, dtype=np.int64)
        )

        def compute(positions: NDArray[np.int64]) -> Tensor:
            return torch.cat(list(stage_means(self.network, everything.plain(positions)).values()), dim=1)

        kept = self._keep(("stages", photos.pixels.identity), (count, sum(widths.values())), np.float32, compute)
        ends = np.cumsum(list(widths.values()))
        return {name: kept[:, end - width : end] for (name, width), end in zip(widths.items(), ends, strict=True)}

    def view(
        self, photos: PhotoRows, augmentation: Augmentation, choices: Sequence[Choice], view: int
    ) -> tuple[NDArray[Any], NDArray[np.float32]]:
        """Outputs for one augmented view, in order, and the (soft) targets."""
        text = json.dumps([[choice.name, dict(choice.settings)] for choice in choices], sort_keys=True)
        targets = np.zeros((len(photos), photos.classes), np.float32)

        def changed(positions: NDArray[np.int64]) -> Tensor:
            return photos.changed(positions, augmentation, VIEW_SEED, view)[0]

        outputs = self._kept(photos, f"view {view} of {text}", changed)
        for positions in in_order(len(photos)):
            targets[positions] = view_targets(photos, augmentation, positions, view).cpu().numpy()
        return outputs, targets

    def fits(self, photos: int, views: int) -> bool:
        """Whether so many outputs stay within the budget."""
        if self.pooled:
            return True
        return self.bytes_per_photo() * photos * views <= map_budget_bytes()

    def bytes_per_photo(self) -> int:
        """Bytes of one output."""
        shape, dtype = self._row
        return int(np.prod(shape)) * np.dtype(dtype).itemsize

    @property
    def _row(self) -> tuple[tuple[int, ...], type]:
        parameters = next(self.network.parameters())
        side = self.side
        with torch.inference_mode():
            output = self.network.prefix(torch.zeros(1, 3, side, side, device=parameters.device), self.cut)
        return tuple(output.shape[1:]), np.float32 if self.pooled else np.float16

    @property
    def side(self) -> int:
        """Side of the input in pixels, as the identity says."""
        return int(self.identity.rsplit("@", 1)[1])

    def _kept(self, photos: PhotoRows, what: str, photos_at: Callable[[NDArray[np.int64]], Tensor]) -> NDArray[Any]:
        """Outputs of the prefix for photos in order."""
        shape, dtype = self._row
        key = (what, *photos.photo_ids)
        return self._keep(key, (len(photos), *shape), dtype, lambda positions: self(photos_at(positions)))

    def _keep(
        self,
        key: Sequence[str],
        shape: tuple[int, ...],
        dtype: type,
        compute: Callable[[NDArray[np.int64]], Tensor],
    ) -> NDArray[Any]:
        """Open a kept array, or compute it in batches and keep it."""
        text = json.dumps([self.identity, self.cut, *key])
        path = self.cache.entry("features", f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.npy")
        with alone(path):  # of several workers one computes, the others wait for it
            kept = open_kept(path, shape, dtype, self.progress)
            if kept is not None:
                return kept
            kind, view = "features" if self.pooled else "maps", key[0].split(" of ", maxsplit=1)[0]
            task = self.progress.task(f"{self.identity.split('/')[0]}: {kind} ({view})", shape[0])
            self.cache.make_room(int(np.prod(shape)) * np.dtype(dtype).itemsize)
            with keep_array(path, shape, dtype) as array, task as advance:
                for positions in in_order(shape[0], 32):
                    array[positions] = compute(positions).float().cpu().numpy()
                    advance(len(positions))
            return np.asarray(np.load(path, mmap_mode="r"))


def view_targets(photos: PhotoRows, augmentation: Augmentation, positions: NDArray[np.int64], view: int) -> Tensor:
    """Targets of one view; photos are only touched where they are mixed."""
    if augmentation.mixing is None:
        return photos.targets(positions)
    return photos.changed(positions, augmentation, VIEW_SEED, view)[1]


def prefix_identity(backbone: Choice, weights_identity: str, side: int) -> str:
    """Which backbone with which weights at which size."""
    settings = json.dumps(asdict(backbone)["settings"], sort_keys=True)
    return f"{backbone.name}/{weights_identity}/{settings}@{side}"
