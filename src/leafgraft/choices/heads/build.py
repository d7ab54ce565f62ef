"""Build heads."""

from __future__ import annotations

from typing import Any

from torch import nn
from torchvision.models.googlenet import InceptionAux

from leafgraft.choices.backbones.auxiliary_tap import AuxiliaryTap
from leafgraft.choices.heads.standardise import ready_to_standardise
from leafgraft.choices.menu import find
from leafgraft.records.recipe import Choice

AUXILIARY_WEIGHT = 0.3


def build_head(choice: Choice, feature_width: int, classes: int) -> nn.Module:
    """Features of shape (N, D) to logits of shape (N, C), with a place for their standardisation.

    Args:
        choice: Head with all its settings.
        feature_width: Width of the features, D.
        classes: Number of classes, C.

    Raises:
        MenuError: There is no such head.
    """
    head: nn.Module = find("heads", choice).build(feature_width, classes, **choice.settings)
    return ready_to_standardise(head, feature_width)


def build_auxiliary_head(tap: AuxiliaryTap, classes: int) -> nn.Module:
    """Maps at a tap to logits, as GoogLeNet's: pooling to 4 by 4, a convolution, two linear layers, dropout 0.7.

    They carry no pretrained weights.

    Args:
        tap: Where the head taps the backbone, and with how many channels.
        classes: Number of classes.

    Source:
        Szegedy et al. 2015, Going Deeper with Convolutions; torchvision's InceptionAux.
    """
    make: Any = InceptionAux
    head: nn.Module = make(tap.channels, classes)
    return head
