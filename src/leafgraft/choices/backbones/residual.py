"""Stages of torchvision's residual networks."""

from __future__ import annotations

from typing import Any

from leafgraft.choices.lazy import nn


def residual_stages(network: Any) -> dict[str, nn.Module]:
    """Stem, then layer1 to layer4."""
    stem = nn.Sequential(network.conv1, network.bn1, network.relu, network.maxpool)
    return {"stem": stem, **{f"layer{number}": getattr(network, f"layer{number}") for number in (1, 2, 3, 4)}}
