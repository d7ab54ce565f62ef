"""MobileNetV2: inverted residuals for phones."""

from __future__ import annotations

from typing import Any

from leafgraft.choices.backbones.torchvision_family import TorchvisionNetwork, slices
from leafgraft.choices.lazy import models, nn


def _stages(network: Any) -> dict[str, nn.Module]:
    """One stage per size of map, then the last convolution."""
    names = ("stem", "stage1", "stage2", "stage3", "stage4", "last")
    return slices(network.features, names, (2, 4, 7, 14, 18, 19))


NETWORK = TorchvisionNetwork(
    name="mobilenet_v2",
    summary="inverted residuals, 2.2 M weights: made for phones",
    source="Sandler et al. 2018, MobileNetV2; torchvision",
    make=lambda _pretrained: models.mobilenet_v2(weights=None),
    classifier=("classifier.",),
    stages=_stages,
    feature_width=1280,
)
