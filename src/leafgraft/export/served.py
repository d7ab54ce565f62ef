"""What is exported of a trained network: everything from the resized photo to the four outputs."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from leafgraft.evaluation.distance import KnownLeaf
from leafgraft.training.analysis.heatmap import last_map, map_axes
from leafgraft.training.network import Network

EXACT, OCCLUSION, NO_MAP = (
    "class activation map (Zhou et al. 2016)",
    "change of the score where a place of the last map is blanked",
    "none: this network keeps no map",
)
ALIKE = 1e-4  # relative; features that differ by less are the mean of the last map


class Served(nn.Module):
    """A square photo to probabilities, pooled features, evidence for every class, and distance. One photo at a time.

    The auxiliary heads are not part of it.

    Args:
        network: Trained, in evaluation mode.
        cut: Stages after which training kept rounded maps: the same rounding is done here.
        temperature: What logits are divided by.
        known_leaf: What features are measured against.
        side: Pixels of the input.
    """

    def __init__(self, network: Network, cut: int, temperature: float, known_leaf: KnownLeaf, side: int) -> None:
        super().__init__()
        self.backbone, self.head = network.backbone, network.head
        self.cut, self.temperature = cut, temperature
        self.register_buffer("mean", network.get_buffer("mean"))
        self.register_buffer("std", network.get_buffer("std"))
        self.register_buffer("projection", _tensor(known_leaf.projection))
        self.register_buffer("references", _tensor(known_leaf.references))
        self.eval()
        self.after, self.evidence_kind = self._find_evidence(side)

    def forward(self, square_1chw: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Grey levels from 0 to 255 to probabilities (C,), features (D,), evidence (C, r, c) and distance (1,)."""
        last, features_1d = self._run((square_1chw - self.get_buffer("mean")) / self.get_buffer("std"))
        logits_1c = self.head(features_1d)
        probabilities = torch.softmax(logits_1c[0] / self.temperature, dim=0)
        return probabilities, features_1d[0], self._evidence(last, logits_1c), self._distance(features_1d)

    def _run(self, photos: Tensor) -> tuple[Tensor, Tensor]:
        """The last map, and the features; for the former the photo itself where the network keeps no map."""
        if not len(self.backbone.stages):
            return photos, self.backbone(photos)
        last = self._through(photos, 0, self.after)
        return last, self._features(last)

    def _through(self, maps: Tensor, start: int, stop: int) -> Tensor:
        stages = list(self.backbone.stages.values())
        for number in range(start, stop):
            maps = stages[number](maps)
            if number + 1 == self.cut < len(stages):
                maps = maps.half().float()
        return maps

    def _features(self, last: Tensor) -> Tensor:
        """The last map to features."""
        return torch.flatten(self.backbone.pool(self._through(last, self.after, len(self.backbone.stages))), 1)

    def _evidence(self, last: Tensor, logits_1c: Tensor) -> Tensor:
        if self.evidence_kind == NO_MAP:
            return (logits_1c[0] * 0)[:, None, None]
        channels, (rows, columns) = map_axes(last, self.backbone.feature_width)
        if self.evidence_kind == EXACT and isinstance(self.head, nn.Linear):
            return torch.einsum("cd,drs->crs", self.head.weight, last.movedim(channels, 1)[0])
        height, width = last.shape[rows], last.shape[columns]
        shape = [height * width, 1, 1, 1]
        shape[rows], shape[columns] = height, width
        blanked = last * (1 - torch.eye(height * width).reshape(shape))
        change: Tensor = logits_1c - self.head(self._features(blanked))
        return change.T.reshape(-1, height, width)

    def _distance(self, features_1d: Tensor) -> Tensor:
        projected = features_1d @ self.get_buffer("projection")
        return (self.get_buffer("references") - projected).square().sum(dim=1).min().sqrt().reshape(1)

    @torch.no_grad()
    def _find_evidence(self, side: int) -> tuple[int, str]:
        """After which stage the last map lies, and how evidence is taken from it."""
        photo = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
        last, after = last_map(self.backbone, photo)
        if last is None:
            return 0, NO_MAP
        self.after = after
        features, (rows, columns) = self._features(last), map_axes(last, self.backbone.feature_width)[1]
        mean = last.mean(dim=(rows, columns))
        pooled = mean.shape == features.shape and torch.allclose(mean, features, rtol=ALIKE, atol=ALIKE)
        return after, EXACT if pooled and isinstance(self.head, nn.Linear) else OCCLUSION


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.tensor(array, dtype=torch.float32)
