"""SqueezeNet 1.1: fire modules, no batch normalisation."""

from __future__ import annotations

from typing import Any

from torch import nn
from torchvision.models import squeezenet1_1

from leafgraft.choices.backbones.torchvision_family import TorchvisionNetwork, slices


def _stages(network: Any) -> dict[str, nn.Module]:
    """The stem, then pairs of fire modules."""
    return slices(network.features, ("stem", "fire2_3", "fire4_5", "fire6_7", "fire8_9"), (3, 6, 9, 11, 13))


NETWORK = TorchvisionNetwork(
    name="squeezenet1_1",
    summary="fire modules, 0.7 M weights: the smallest and quickest",
    source="Iandola et al. 2016, SqueezeNet; torchvision",
    make=lambda _pretrained: squeezenet1_1(weights=None),
    classifier=("classifier.",),
    stages=_stages,
    feature_width=512,
)
