"""SqueezeNet 1.1: fire modules, no batch normalisation."""

from __future__ import annotations

from typing import Any

from leafgraft.choices.backbones.torchvision_family import TorchvisionNetwork, slices
from leafgraft.choices.lazy import models, nn


def _stages(network: Any) -> dict[str, nn.Module]:
    """The stem, then pairs of fire modules."""
    return slices(network.features, ("stem", "fire2_3", "fire4_5", "fire6_7", "fire8_9"), (3, 6, 9, 11, 13))


NETWORK = TorchvisionNetwork(
    name="squeezenet1_1",
    summary="fire modules, 0.7 M weights: the smallest and quickest",
    source="Iandola et al. 2016, SqueezeNet; torchvision",
    make=lambda _pretrained: models.squeezenet1_1(weights=None),
    classifier=("classifier.",),
    stages=_stages,
    feature_width=512,
)
