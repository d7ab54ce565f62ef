"""Outputs of frozen stages, computed once and kept.

While the first stages of a backbone are frozen, what they give for a photo never changes: it is computed once per
photo and view, and reused by every epoch, seed, head, loss, optimizer and scheduler. Augmented photos come in a few
recorded views (epoch e uses view e modulo V); validation and test use the plain photo.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
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
from leafgraft.storage.kept_rows import KeptRows, Work
from leafgraft.training.batches import PhotoRows, in_order
from leafgraft.training.engine_trial import TRIAL_PHOTOS, settle_engine
from leafgraft.training.engines import EAGER, Engine, EngineError, PrefixGraph, batch_size, build_engine
from leafgraft.training.network import Network, evaluating
from leafgraft.training.stage_means import stage_means

VIEW_SEED = 0  # views are shared by all seeds of a study: only so can their features be
GIGABYTE = 1024**3


def map_budget_bytes() -> int:
    """Most bytes of maps to keep per trial: `$LEAFGRAFT_MAPS_GB`, else a quarter of the free memory."""
    named = os.environ.get("LEAFGRAFT_MAPS_GB")
    return int(float(named) * GIGABYTE) if named else psutil.virtual_memory().available // 4


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a prefix gives for some photos, on disk.

    Attributes:
        array: Rows of these photos and of others, in memory only as far as they are read.
        rows: Row of each photo, in order.
    """

    array: NDArray[Any]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.rows)

    def take(self, positions: NDArray[np.int64]) -> NDArray[Any]:
        """Outputs of the photos at `positions`."""
        return np.asarray(self.array[self.rows[positions]])

    def whole(self) -> NDArray[Any]:
        """Outputs of all photos, in order."""
        return np.asarray(self.array[self.rows])


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
    _built: dict[int, tuple[str, Engine]] = field(default_factory=dict)

    @property
    def pooled(self) -> bool:
        """Whether the outputs are features, not maps."""
        return self.cut == len(self.network.backbone.stage_names)

    def __call__(self, photos_nchw: Tensor) -> Tensor:
        """Photos from 0 to 255 through the prefix; maps are rounded as kept ones are, so that both give the same."""
        if self.cut == 0:
            return photos_nchw
        outputs = self._engine(photos_nchw, len(photos_nchw))[1](photos_nchw)
        if self.pooled:
            return outputs[:, -self.network.backbone.feature_width :]
        return outputs.half().float().to(memory_format=torch.channels_last)

    def plain(self, photos: PhotoRows) -> Outputs:
        """Outputs for the plain photos: kept ones if there are any.

        Features are kept for all photos of the pixel map at once, so that every split of them shares the work.
        """
        if self.pooled:
            return Outputs(self.stages(photos)[self.network.backbone.stage_names[-1]], photos.rows)
        return self._kept(photos, "plain", photos.everything().plain)

    def stages(self, photos: PhotoRows) -> dict[str, NDArray[np.float32]]:
        """What each stage gives for every photo of the pixel map, averaged over places; the last as the head sees it.

        One pass gives them all, so the probes of the diagnosis cost no further one.
        """
        blank = torch.zeros(1, 3, self.side, self.side, device=photos.device)
        with torch.no_grad(), evaluating(self.network):
            widths = {name: means.shape[1] for name, means in stage_means(self.network, blank).items()}
        everything = photos.everything()
        name, engine = self._engine_for(everything)
        kept = KeptRows(
            cache=self.cache,
            kind="features",
            what=json.dumps([self.identity, self.cut, name, "stages"]),
            names=everything.photo_ids,
            row_shape=(sum(widths.values()),),
            dtype=np.float32,
        )
        work = self._work("stages", lambda rows: engine(everything.plain(rows)))
        with evaluating(self.network):
            array = kept.read(everything.rows, work, self.progress)
        ends = np.cumsum(list(widths.values()))
        return {name: array[:, end - width : end] for (name, width), end in zip(widths.items(), ends, strict=True)}

    def view(
        self, photos: PhotoRows, augmentation: Augmentation, choices: Sequence[Choice], view: int
    ) -> tuple[Outputs, NDArray[np.float32]]:
        """Outputs for one augmented view, and the (soft) targets in order."""
        text = json.dumps([[choice.name, dict(choice.settings)] for choice in choices], sort_keys=True)
        alone = augmentation.mixing is None
        source = photos.everything() if alone else photos  # mixed with each other, photos are no longer their own

        def changed(positions: NDArray[np.int64]) -> Tensor:
            return source.changed(positions, augmentation, VIEW_SEED, view)[0]

        outputs = self._kept(photos, f"view {view} of {text}", changed, shared=alone)
        targets = np.zeros((len(photos), photos.classes), np.float32)
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
        device = next(self.network.parameters()).device
        with torch.no_grad(), evaluating(self.network):
            output = self.network.prefix(torch.zeros(1, 3, self.side, self.side, device=device), self.cut)
        return tuple(output.shape[1:]), np.float32 if self.pooled else np.float16

    @property
    def side(self) -> int:
        """Side of the input in pixels, as the identity says."""
        return int(self.identity.rsplit("@", 1)[1])

    def _kept(
        self, photos: PhotoRows, what: str, photos_at: Callable[[NDArray[np.int64]], Tensor], *, shared: bool = True
    ) -> Outputs:
        """Outputs kept by photo; if not `shared`, by the whole set of photos."""
        everything = photos.everything()
        source = everything if shared else photos
        name, _ = self._engine_for(everything)
        shape, dtype = self._row
        text = [self.identity, self.cut, name, what, *([] if shared else photos.photo_ids)]
        kept = KeptRows(self.cache, "features", json.dumps(text), source.photo_ids, shape, dtype)
        rows = photos.rows if shared else np.arange(len(photos))
        work = self._work(what.split(" of ", maxsplit=1)[0], lambda chosen: self(photos_at(chosen)))
        with evaluating(self.network):
            return Outputs(kept.read(np.sort(rows), work, self.progress), rows)

    def _work(self, what: str, make: Callable[[NDArray[np.int64]], Tensor]) -> Work:
        kind = "features" if self.pooled else "maps"
        title = f"{self.identity.split('/')[0]}: {kind} ({what})"
        return Work(title, lambda rows: make(rows).float().cpu().numpy(), batch_size(self.side))

    def _engine_for(self, photos: PhotoRows) -> tuple[str, Engine]:
        few = np.arange(min(TRIAL_PHOTOS, len(photos)))
        return self._built.get(self.cut) or self._engine(photos.plain(few), len(photos))

    def _engine(self, photos_nchw: Tensor, rows: int) -> tuple[str, Engine]:
        """Name of the engine and the engine: as settled by the study, else by a short trial."""
        if self.cut not in self._built:
            self._built[self.cut] = self._build(photos_nchw, rows)
        return self._built[self.cut]

    def _build(self, photos_nchw: Tensor, rows: int) -> tuple[str, Engine]:
        prefix, graph, device = (
            prefix_name(self.identity, self.cut),
            PrefixGraph(self.network, self.cut),
            photos_nchw.device,
        )
        with evaluating(self.network):
            settled = self.cache.engines.get(prefix)
            name = settled or settle_engine(prefix, graph, photos_nchw, rows, self.cache).engine
            try:
                return name, build_engine(name, graph, self.side, device)
            except EngineError as reason:
                self.progress.say(f"{prefix}: {name} cannot run here ({reason}); torch's own operations are used.")
            return EAGER, build_engine(EAGER, graph, self.side, device)


def view_targets(photos: PhotoRows, augmentation: Augmentation, positions: NDArray[np.int64], view: int) -> Tensor:
    """Targets of one view; photos are only touched where they are mixed."""
    if augmentation.mixing is None:
        return photos.targets(positions)
    return photos.changed(positions, augmentation, VIEW_SEED, view)[1]


def prefix_identity(backbone: Choice, weights_identity: str, side: int) -> str:
    """Which backbone with which weights at which size."""
    settings = json.dumps(asdict(backbone)["settings"], sort_keys=True)
    return f"{backbone.name}/{weights_identity}/{settings}@{side}"


def weights_of(identity: str) -> str:
    """Which weights a prefix has, as `weights_identity` names them."""
    return identity.rsplit("/", 2)[1]


def prefix_name(identity: str, cut: int) -> str:
    """A prefix, whatever its weights: they do not change how fast it is."""
    backbone, rest = identity.rsplit("/", 2)[0], identity.rsplit("/", 1)[-1]
    return f"{backbone}/{rest} after {cut} stages"
