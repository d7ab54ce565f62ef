"""VGG16: five blocks of convolutions, then the two wide layers of its classifier."""

from __future__ import annotations

from typing import Any

from leafgraft.choices.backbones.torchvision_family import TorchvisionNetwork
from leafgraft.choices.lazy import models, nn


def _stages(network: Any) -> dict[str, nn.Module]:
    """Five blocks up to and with their pooling; then all but the last layer of the classifier."""
    ends = (5, 10, 17, 24, 31)
    blocks = {
        f"block{number + 1}": network.features[start:end]
        for number, (start, end) in enumerate(zip((0, *ends), ends, strict=False))
    }
    wide = nn.Sequential(network.avgpool, nn.Flatten(1), *list(network.classifier)[:-1])
    return {**blocks, "fully_connected": wide}


def _as_it_is() -> nn.Module:
    return nn.Identity()


NETWORK = TorchvisionNetwork(
    name="vgg16",
    summary="plain convolutions, 134 M weights: large and slow, a classic of leaf papers",
    source="Simonyan and Zisserman 2015, Very Deep Convolutional Networks; torchvision",
    make=lambda pretrained: models.vgg16(weights=None, init_weights=not pretrained),
    classifier=("classifier.6.",),
    stages=_stages,
    feature_width=4096,
    pool=_as_it_is,
)
