"""Outputs of frozen stages, computed once and kept.

While the first stages of a backbone are frozen, what they give for a photo never changes: it is computed once per
photo and view, and reused by every epoch, seed, head, loss, optimizer and scheduler. Augmented photos come in a few
recorded views (epoch e uses view e modulo V); validation and test use the plain photo.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from torch import Tensor

from leafgraft.choices.augmentations.operation import Augmentation
from leafgraft.data.decode.pixel_rows import DECODER
from leafgraft.records.engine import EngineChoice
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Choice
from leafgraft.storage.cache.cache_folder import CacheFolder, named_bytes
from leafgraft.storage.cache.kept_rows import KeptRows, Work
from leafgraft.training.frozen.choose_engine import choose_engine
from leafgraft.training.frozen.engines import Engine, PrefixGraph, batch_size, build_engine
from leafgraft.training.frozen.stage_means import stage_means
from leafgraft.training.network import Network, evaluating
from leafgraft.training.photos.photo_rows import PhotoRows, in_order
from leafgraft.training.processor import give_back_memory

VIEW_SEED = 0  # views are shared by all seeds of a study: only so can their features be
PLAIN = "plain"


def map_budget_bytes() -> int:
    """Most bytes of maps to keep per trial: `$LEAFGRAFT_MAPS_GB`, else a quarter of the free memory.

    Raises:
        UsageError: The variable holds no number from 0 up.
    """
    named = named_bytes("LEAFGRAFT_MAPS_GB", 4)
    return psutil.virtual_memory().available // 4 if named is None else named


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


@dataclass(slots=True, eq=False)
class _Opened:
    """An array of the cache, and which of its rows were found whole."""

    array: NDArray[Any]
    whole: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """The frozen first stages of a network.

    Attributes:
        network: In evaluation mode as far as the prefix goes.
        identity: Which backbone with which weights at which size.
        cut: Number of leading stages.
        cache: Where outputs are kept.
        progress: Shows how far it is.
        engines: Those in memory, by cut.
    """

    network: Network
    identity: str
    cut: int
    cache: CacheFolder
    progress: Progress
    _choices: dict[int, EngineChoice] = field(default_factory=dict)
    engines: dict[int, Engine] = field(default_factory=dict)
    _opened: dict[Path, _Opened] = field(default_factory=dict)
    _shapes: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _widths: dict[str, int] = field(default_factory=dict)

    @property
    def pooled(self) -> bool:
        """Whether the outputs are features, not maps."""
        return self.cut == len(self.network.backbone.stage_names)

    @property
    def choice(self) -> EngineChoice:
        """The engine of these stages, by the rule."""
        if self.cut not in self._choices:
            with evaluating(self.network):
                graph = PrefixGraph(self.network, self.cut)
                self._choices[self.cut], engine = choose_engine(self.identity, graph, self.side, self.cache)
            if engine:
                self.engines[self.cut] = engine
        return self._choices[self.cut]

    def __call__(self, photos_nchw: Tensor) -> Tensor:
        """Photos from 0 to 255 through the prefix; maps are rounded as kept ones are, so that both give the same."""
        if self.cut == 0:
            return photos_nchw
        outputs = self._engine(photos_nchw.device)(photos_nchw)
        if self.pooled:
            return outputs[:, -self.network.backbone.feature_width :]
        outputs = outputs.half().float()
        return outputs.to(memory_format=torch.channels_last) if outputs.ndim == 4 else outputs

    def plain(self, photos: PhotoRows) -> Outputs:
        """Outputs for the plain photos: kept ones if there are any.

        Features are kept for all photos of the pixel map at once, so that every split of them shares the work.
        """
        if self.pooled:
            return Outputs(self.stages(photos)[self.network.backbone.stage_names[-1]], photos.rows)
        return self._kept(photos, PLAIN, photos.everything().plain)

    def stages(self, photos: PhotoRows) -> dict[str, NDArray[np.float32]]:
        """What each stage gives for every photo of the pixel map, averaged over places; the last as the head sees it.

        One pass gives them all, so the probes of the diagnosis cost no further one.
        """
        everything = photos.everything()
        work = self._work("stages", lambda rows: self._engine(photos.device)(everything.plain(rows)))
        array = self._read(self.kept_stages(everything.photo_ids), everything.rows, work)
        self.drop_engine()  # every photo has passed
        widths = self._stage_widths()
        ends = np.cumsum(list(widths.values()))
        return {name: array[:, end - width : end] for (name, width), end in zip(widths.items(), ends, strict=True)}

    def view(
        self, photos: PhotoRows, augmentation: Augmentation, choices: Sequence[Choice], view: int
    ) -> tuple[Outputs, NDArray[np.float32]]:
        """Outputs for one augmented view, and the (soft) targets in order."""
        alone = augmentation.mixing is None
        source = photos.everything() if alone else photos  # mixed with each other, photos are no longer their own

        def changed(positions: NDArray[np.int64]) -> Tensor:
            return source.changed(positions, augmentation, VIEW_SEED, view)[0]

        outputs = self._kept(photos, view_name(choices, view), changed, shared=alone)
        targets = np.zeros((len(photos), photos.classes), np.float32)
        for positions in in_order(len(photos)):
            targets[positions] = view_targets(photos, augmentation, positions, view).cpu().numpy()
        return outputs, targets

    def kept_stages(self, photo_ids: Sequence[str]) -> KeptRows:
        """Where the means of all stages are kept."""
        what = json.dumps([*self._key, "stages"])
        width = sum(self._stage_widths().values())
        return KeptRows(self.cache, "features", what, photo_ids, (width,), np.float32)

    def kept_outputs(self, photo_ids: Sequence[str], what: str, *, shared: bool) -> KeptRows:
        """Where plain outputs or those of a view are kept; if not `shared`, for this set of photos alone."""
        text = [*self._key, what, *([] if shared else photo_ids)]
        return KeptRows(self.cache, "features", json.dumps(text), photo_ids, *self._row)

    @property
    def _key(self) -> list[str | int]:
        """What outputs depend on, apart from the photos."""
        device = next(self.network.parameters()).device.type
        return [self.identity, DECODER, self.cut, self.choice.engine + of_device(device)]

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
        if self.cut not in self._shapes:
            with torch.no_grad(), evaluating(self.network):
                self._shapes[self.cut] = tuple(self.network.prefix(self._blank(), self.cut).shape[1:])
        return self._shapes[self.cut], np.float32 if self.pooled else np.float16

    def _stage_widths(self) -> dict[str, int]:
        """Channels of every stage."""
        if not self._widths:
            with torch.no_grad(), evaluating(self.network):
                means = stage_means(self.network, self._blank())
            self._widths.update({name: mean.shape[1] for name, mean in means.items()})
        return self._widths

    def _blank(self) -> Tensor:
        return torch.zeros(1, 3, self.side, self.side, device=next(self.network.parameters()).device)

    @property
    def side(self) -> int:
        """Side of the input in pixels, as the identity says."""
        return int(self.identity.rsplit("@", 1)[1])

    def _kept(
        self, photos: PhotoRows, what: str, photos_at: Callable[[NDArray[np.int64]], Tensor], *, shared: bool = True
    ) -> Outputs:
        """Outputs kept by photo; if not `shared`, by the whole set of photos."""
        source = photos.everything() if shared else photos
        rows = photos.rows if shared else np.arange(len(photos))
        kept = self.kept_outputs(source.photo_ids, what, shared=shared)
        work = self._work(what.split(" of ", maxsplit=1)[0], lambda chosen: self(photos_at(chosen)))
        return Outputs(self._read(kept, np.sort(rows), work), rows)

    def _read(self, kept: KeptRows, rows: NDArray[np.int64], work: Work) -> NDArray[Any]:
        """Kept rows; those that are not kept yet pass through the engine, which is built for them alone.

        Their checksums are looked at once for as long as this prefix is open.
        """
        opened = self._opened.get(kept.path)
        if opened is not None and opened.whole[rows].all():
            return opened.array
        with evaluating(self.network):
            found = kept.read(rows, work, self.progress)
        whole = found.sums != 0  # another study may have deleted the file that was read before: this one lacks its rows
        whole &= opened.whole if opened else False
        whole[rows] = True
        self._opened[kept.path] = _Opened(found.array, whole)
        return found.array

    def _work(self, what: str, make: Callable[[NDArray[np.int64]], Tensor]) -> Work:
        kind = "features" if self.pooled else "maps"
        title = f"{self.identity.split('/')[0]}: {kind} ({what})"
        return Work(title, lambda rows: make(rows).float().cpu().numpy(), batch_size(self.side))

    def drop_engine(self) -> None:
        """Give back the memory of the engine, some 400 MB; it is built again if it is needed again."""
        self.engines.pop(self.cut, None)
        give_back_memory()

    def _engine(self, device: torch.device) -> Engine:
        """The engine that was chosen, built."""
        name = self.choice.engine  # which builds it where that had to be found out
        if self.cut not in self.engines:
            with evaluating(self.network):
                self.engines[self.cut] = build_engine(name, PrefixGraph(self.network, self.cut), self.side, device)
        return self.engines[self.cut]


def as_computed(kept: NDArray[Any], device: torch.device) -> Tensor:
    """Kept outputs as the prefix gives them: of another memory layout, further stages would give other last bits."""
    outputs = torch.from_numpy(kept).to(device, torch.float32)
    return outputs.to(memory_format=torch.channels_last) if outputs.ndim == 4 else outputs


def of_device(device: str) -> str:
    """What keys of outputs say of where they were computed: nothing of a CPU. Other devices give other last bits."""
    return "" if device == "cpu" else f" on {device}"


def view_name(choices: Sequence[Choice], view: int) -> str:
    """Name of the kept outputs of one view under some augmentations."""
    return f"view {view} of {json.dumps([[choice.name, dict(choice.settings)] for choice in choices], sort_keys=True)}"


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
