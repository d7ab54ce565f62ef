"""GoogLeNet: inception modules, with two auxiliary heads on request."""

from __future__ import annotations

from typing import Any

from leafgraft.choices.backbones.auxiliary_tap import AuxiliaryTap
from leafgraft.choices.backbones.normalisation import Normalisation
from leafgraft.choices.backbones.torchvision_family import TorchvisionNetwork
from leafgraft.choices.lazy import models, nn


def _stages(network: Any) -> dict[str, nn.Module]:
    """Inception modules, cut after 4a and 4d, where the auxiliary heads tap."""
    return {
        "stem": nn.Sequential(network.conv1, network.maxpool1, network.conv2, network.conv3, network.maxpool2),
        "inception3": nn.Sequential(network.inception3a, network.inception3b, network.maxpool3),
        "inception4a": network.inception4a,
        "inception4bcd": nn.Sequential(network.inception4b, network.inception4c, network.inception4d),
        "inception4e": nn.Sequential(network.inception4e, network.maxpool4),
        "inception5": nn.Sequential(network.inception5a, network.inception5b),
    }


NETWORK = TorchvisionNetwork(
    name="googlenet",
    summary="inception modules, 5.6 M weights; 'auxiliary: true' trains two more heads",
    source="Szegedy et al. 2015, Going Deeper with Convolutions; torchvision",
    make=lambda pretrained: models.googlenet(
        weights=None, aux_logits=False, transform_input=False, init_weights=not pretrained
    ),
    classifier=("fc.", "aux1.", "aux2."),
    stages=_stages,
    feature_width=1024,
    # torchvision's weights want inputs from -1 to 1, which it reaches from ImageNet's mean and deviation by a second
    # transform of the input; this is the same in one step.
    normalisation=Normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    auxiliary_taps=(AuxiliaryTap("inception4a", 512), AuxiliaryTap("inception4bcd", 528)),
)
