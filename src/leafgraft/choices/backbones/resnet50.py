"""Resnet50: a stem and four layers of residual blocks."""

from __future__ import annotations

from leafgraft.choices.backbones.residual import residual_stages
from leafgraft.choices.backbones.torchvision_family import TorchvisionNetwork
from leafgraft.choices.lazy import models

NETWORK = TorchvisionNetwork(
    name="resnet50",
    summary="residual network, 50 layers, 24 M weights: a common yardstick",
    source="He et al. 2016, Deep Residual Learning for Image Recognition; torchvision",
    make=lambda _pretrained: models.resnet50(weights=None),
    classifier=("fc.",),
    stages=residual_stages,
    feature_width=2048,
)
