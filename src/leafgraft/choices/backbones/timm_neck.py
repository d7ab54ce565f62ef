"""What timm does between its last stage and the classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn


class Neck(nn.Module):
    """Pooling and whatever else timm does between its last stage and the classifier."""

    def __init__(self, network: Any, parts: Sequence[nn.Module]) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)
        self._network = [network]  # in a list: only `parts` are weights of this module

    def forward(self, maps: Tensor) -> Tensor:
        """Maps to features."""
        features: Tensor = self._network[0].forward_head(maps, pre_logits=True)
        return features
