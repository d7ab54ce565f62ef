"""Resnet18: a stem and four layers of residual blocks."""

from __future__ import annotations

from leafgraft.choices.backbones.residual import residual_stages
from leafgraft.choices.backbones.torchvision_family import TorchvisionNetwork
from leafgraft.choices.lazy import models

NETWORK = TorchvisionNetwork(
    name="resnet18",
    summary="residual network, 18 layers, 11 M weights: quick and solid",
    source="He et al. 2016, Deep Residual Learning for Image Recognition; torchvision",
    make=lambda _pretrained: models.resnet18(weights=None),
    classifier=("fc.",),
    stages=residual_stages,
    feature_width=512,
)
