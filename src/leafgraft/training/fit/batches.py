"""Batches for the loop: from kept outputs of frozen stages where there are any, else from the photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from leafgraft.choices.augmentations.operation import Augmentation
from leafgraft.records.recipe import Choice, SmallFirst
from leafgraft.records.strategy import Phase
from leafgraft.training.frozen.prefix import VIEW_SEED, Outputs, Prefix, as_computed
from leafgraft.training.network import Network
from leafgraft.training.phases import frozen_prefix
from leafgraft.training.photos.photo_rows import PhotoRows, in_order


@dataclass(slots=True, eq=False)
class TrialFeed:
    """Feeds one trial.

    Attributes:
        prefix: Network, cut after no stage; the phase decides how many are frozen.
        train: Training photos.
        held_out: Validation photos.
        augmentation: Changes of training photos.
        choices: The same changes as data, for the names of kept views.
        views: Number of recorded views while stages are frozen; 0 for the plain photo only.
        seed: Seed of the trial; fixes the augmentation of photos that no frozen stage reads.
        small_first: Smaller photos in the first epochs, as far as the whole network learns in them.
        counts_n: How much each training photo counts in the loss, float32, shape (N,); None where all count once.
        cut: Number of leading stages that are frozen in the present phase.
        kept: Whether their outputs are kept: batches are then taken from these.
    """

    prefix: Prefix
    train: PhotoRows
    held_out: PhotoRows
    augmentation: Augmentation
    choices: Sequence[Choice]
    views: int
    seed: int
    small_first: SmallFirst | None = None
    counts_n: Tensor | None = None
    cut: int = 0
    kept: bool = False
    _train_kept: dict[int, tuple[Tensor | Outputs, Tensor]] = field(default_factory=dict)
    _held_out_kept: Tensor | Outputs | None = None

    def __len__(self) -> int:
        """Number of training photos."""
        return len(self.train)

    @property
    def on_features(self) -> bool:
        """Whether batches are pooled features."""
        return self.kept and self.prefix.pooled

    @property
    def network(self) -> Network:
        """What learns."""
        return self.prefix.network

    def enter(self, phase: Phase, epoch: int) -> None:
        """Find the cut of the phase; compute or open what is kept there.

        Args:
            phase: Phase that the epoch belongs to.
            epoch: Epoch to get ready for, counted from 0; it decides which recorded view is opened.
        """
        cut = frozen_prefix(self.network, phase)
        if cut != self.cut:
            self._train_kept, self._held_out_kept = {}, None
            self.prefix = replace(self.prefix, cut=cut)
            self.cut = cut
            self.kept = cut > 0 and self.prefix.fits(len(self.train) * self._view_count + len(self.held_out), 1)
            if cut > 0 and not self.kept:
                self.prefix.progress.say(
                    f"{self.prefix.identity.split('/')[0]}: maps after {cut} stages are over the budget "
                    "(LEAFGRAFT_MAPS_GB); they are computed again in each epoch."
                )
        if self.kept:
            self.network.eval()
            if self._held_out_kept is None:
                self._held_out_kept = self._ready(self.prefix.plain(self.held_out))
            view = self._view(epoch)
            if view not in self._train_kept:
                self._train_kept[view] = self._open_view(view)

    @property
    def _view_count(self) -> int:
        return max(1, self.views) if self.augmentation and self.views else 1

    def _view(self, epoch: int) -> int:
        return epoch % self._view_count

    def _open_view(self, view: int) -> tuple[Tensor | Outputs, Tensor]:
        if not (self.augmentation and self.views):
            return self._ready(self.prefix.plain(self.train)), self.train.targets(np.arange(len(self.train)))
        outputs, targets = self.prefix.view(self.train, self.augmentation, self.choices, view)
        return self._ready(outputs), torch.from_numpy(targets).to(self.train.device)

    def _ready(self, outputs: Outputs) -> Tensor | Outputs:
        """Features go to the device at once; maps stay on disk."""
        return torch.from_numpy(outputs.whole()).to(self.train.device) if self.prefix.pooled else outputs

    def batch(self, positions: NDArray[np.int64], epoch: int) -> tuple[Tensor, Tensor]:
        """Inputs after `cut` stages, and soft targets.

        Args:
            positions: Positions of the batch among the training photos, shape (B,).
            epoch: Epoch that asks, counted from 0; it decides how photos are augmented.

        Returns:
            Photos of shape (B, 3, S, S) from 0 to 255, maps, or features of shape (B, D); and targets of shape (B, C),
            rows sum to 1.
        """
        if self.kept:
            outputs, targets = self._train_kept[self._view(epoch)]
            return self._take(outputs, positions), targets[torch.from_numpy(positions).to(targets.device)]
        if self.cut > 0 and not (self.augmentation and self.views):
            return self.prefix(self.train.plain(positions)), self.train.targets(positions)
        seed, time = (VIEW_SEED, self._view(epoch)) if self.cut > 0 else (self.seed, epoch)
        photos, targets = self.train.changed(positions, self.augmentation, seed, time)
        return (self.prefix(photos) if self.cut > 0 else self._sized(photos, epoch)), targets

    def counts(self, positions: NDArray[np.int64]) -> Tensor | None:
        """How much each photo counts in the loss; one that is mixed with another counts as itself.

        Args:
            positions: Positions of the batch among the training photos, shape (B,).
        """
        return None if self.counts_n is None else self.counts_n[torch.from_numpy(positions).to(self.counts_n.device)]

    def _sized(self, photos_nchw: Tensor, epoch: int) -> Tensor:
        """Photos of the side that is due in an epoch; shrunk as photos are when they are decoded, but not rounded."""
        small = self.small_first
        if small is None or epoch >= small.epochs:
            return photos_nchw
        return interpolate(photos_nchw, (small.side_px,) * 2, mode="bilinear", antialias=True)

    def _take(self, outputs: Tensor | Outputs, positions: NDArray[np.int64]) -> Tensor:
        if isinstance(outputs, Tensor):
            return outputs[torch.from_numpy(positions).to(outputs.device)]
        return as_computed(outputs.take(positions), self.train.device)

    def held_out_features(self) -> tuple[Tensor, Tensor]:
        """Kept features and class indices of the validation photos, shapes (N, D) and (N,).

        Raises:
            RuntimeError: `enter` was not called, or nothing is kept in this phase.
        """
        if self._held_out_kept is None:
            raise RuntimeError("enter comes first, and features must be kept")
        labels = torch.from_numpy(self.held_out.labels).to(self.held_out.device)
        return self._take(self._held_out_kept, np.arange(len(self.held_out))), labels

    def validation(self) -> tuple[Tensor, Tensor]:
        """Logits and class indices of the validation photos."""
        self.network.eval()
        labels = torch.from_numpy(self.held_out.labels).to(self.held_out.device)
        with torch.inference_mode():
            parts = []
            for positions in in_order(len(self.held_out)):
                if self.kept and self._held_out_kept is not None:
                    maps, cut = self._take(self._held_out_kept, positions), self.cut
                else:
                    maps, cut = self.prefix(self.held_out.plain(positions)), self.cut
                parts.append(self.network(maps, cut)[0].float())
        return torch.cat(parts), labels
