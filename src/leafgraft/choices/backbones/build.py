"""Build the backbone that a recipe names."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from leafgraft.choices.backbones import efficientnet_lite0, timm_family
from leafgraft.choices.backbones.timm_family import PREFIX, TimmNetwork, find_timm
from leafgraft.choices.backbones.torchvision_family import TorchvisionNetwork
from leafgraft.choices.backbones.weights import at_hand, file_identity, find_torchvision
from leafgraft.records.recipe import Choice

if TYPE_CHECKING:
    from leafgraft.choices.backbones.backbone import Backbone  # brings torch, which the menus do not need

# What stands on the menu, in this order: a backbone is a file of its name in this folder.
NAMES = (
    "vgg16",
    "resnet18",
    "resnet50",
    "mobilenet_v2",
    "googlenet",
    "squeezenet1_1",
    "efficientnet_b0",
)
NETWORKS: tuple[TorchvisionNetwork, ...] = tuple(
    import_module(f"leafgraft.choices.backbones.{name}").NETWORK for name in NAMES
)

TIMM_NETWORKS: tuple[TimmNetwork, ...] = (efficientnet_lite0.NETWORK,)


def build_backbone(choice: Choice, weights: str, image_size: int, seed: int = 0) -> Backbone:
    """Build a backbone with its weights.

    Args:
        choice: Backbone by its name on the menu.
        weights: ``pretrained``, ``none`` or a file.
        image_size: Side of its input in pixels.
        seed: Seed of the random weights where there are no others.

    Raises:
        MenuError: There is no such backbone.
        WeightsError: The weights cannot be had or do not fit.
    """
    timm_model = _timm_model(choice)
    if timm_model is not None:
        return timm_family.build(weights, seed, timm_model, image_size)
    network = next(one for one in NETWORKS if one.name == choice.name)
    return network.build(weights, seed)


def weights_identity(choice: Choice, weights: str, seed: int = 0) -> str:
    """Which weights these are, in a few letters: part of every key of kept features, and of trial.json.

    Args:
        choice: Backbone by its name on the menu.
        weights: ``pretrained``, ``none`` or a file.
        seed: Seed of random weights; of no use for others.

    Raises:
        WeightsError: The weights cannot be had.

    Example:
        >>> weights_identity(Choice("resnet18"), "none", seed=3)
        'none-seed3'
    """
    if weights == "none":
        return f"none-seed{seed}"
    timm_model = _timm_model(choice)
    path = find_timm(timm_model, weights) if timm_model else find_torchvision(choice.name, weights)
    return file_identity(path) if path else f"timm-{weights}"


def weights_at_hand(choice: Choice) -> Path | None:
    """File of a network's pretrained weights, if it is on this machine.

    Args:
        choice: Backbone by its name on the menu.
    """
    timm_model = _timm_model(choice)
    return find_timm(timm_model, "pretrained") if timm_model else at_hand(choice.name)


def _timm_model(choice: Choice) -> str | None:
    """``timm:NAME`` of a backbone that is timm's, by that name or by its own on the menu."""
    if choice.name.startswith(PREFIX):
        return choice.name
    return next((PREFIX + one.model for one in TIMM_NETWORKS if one.name == choice.name), None)
