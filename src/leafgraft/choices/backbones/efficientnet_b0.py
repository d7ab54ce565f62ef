"""EfficientNet-B0: scaled inverted residuals with squeeze and excitation."""

from __future__ import annotations

from typing import Any

from leafgraft.choices.backbones.torchvision_family import TorchvisionNetwork, slices
from leafgraft.choices.lazy import models, nn


def _stages(network: Any) -> dict[str, nn.Module]:
    """The stem, seven stages of blocks, and the last convolution."""
    names = ("stem", *(f"stage{number}" for number in range(1, 8)), "last")
    return slices(network.features, names, tuple(range(1, 10)))


NETWORK = TorchvisionNetwork(
    name="efficientnet_b0",
    summary="squeeze and excitation, 4.0 M weights: accurate for its size",
    source="Tan and Le 2019, EfficientNet; torchvision",
    make=lambda _pretrained: models.efficientnet_b0(weights=None),
    classifier=("classifier.",),
    stages=_stages,
    feature_width=1280,
)
