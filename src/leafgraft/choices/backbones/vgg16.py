"""VGG16: five blocks of convolutions, then the two wide layers of its classifier."""

from __future__ import annotations

from typing import Any

from torch import nn
from torchvision.models import vgg16

from leafgraft.choices.backbones.torchvision_family import TorchvisionNetwork


def _stages(network: Any) -> dict[str, nn.Module]:
    """Five blocks up to and with their pooling; then all but the last layer of the classifier."""
    ends = (5, 10, 17, 24, 31)
    blocks = {
        f"block{number + 1}": network.features[start:end]
        for number, (start, end) in enumerate(zip((0, *ends), ends, strict=False))
    }
    wide = nn.Sequential(network.avgpool, nn.Flatten(1), *list(network.classifier)[:-1])
    return {**blocks, "fully_connected": wide}


NETWORK = TorchvisionNetwork(
    name="vgg16",
    summary="plain convolutions, 134 M weights: large and slow, a classic of leaf papers",
    source="Simonyan and Zisserman 2015, Very Deep Convolutional Networks; torchvision",
    make=lambda pretrained: vgg16(weights=None, init_weights=not pretrained),
    classifier=("classifier.6.",),
    stages=_stages,
    feature_width=4096,
    pool=nn.Identity,
)
