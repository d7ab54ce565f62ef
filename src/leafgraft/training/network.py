"""A backbone with its head: what a trial trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from leafgraft.choices.backbones.backbone import Backbone
from leafgraft.choices.backbones.build import build_backbone
from leafgraft.choices.heads.build import build_auxiliary_head, build_head
from leafgraft.records.recipe import Choice, Recipe


class Network(nn.Module):
    """Photos, or maps kept after some stages, to class logits.

    Args:
        backbone: Named stages ending in pooled features.
        head: Features to logits.
        auxiliary_heads: One per tap of the backbone, or none.
    """

    def __init__(self, backbone: Backbone, head: nn.Module, auxiliary_heads: list[nn.Module] | None = None) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.standardise: nn.Module = nn.Identity()  # but while the head learns from frozen features
        self.auxiliary_heads = nn.ModuleList(auxiliary_heads or [])
        mean, std = backbone.normalisation.mean, backbone.normalisation.std
        self.register_buffer("mean", 255 * torch.tensor(mean)[:, None, None], persistent=False)
        self.register_buffer("std", 255 * torch.tensor(std)[:, None, None], persistent=False)

    def normalise(self, photos_nchw: Tensor) -> Tensor:
        """Grey levels from 0 to 255 to what the backbone was trained on."""
        mean, std = self.get_buffer("mean"), self.get_buffer("std")
        return (photos_nchw - mean) / std

    def prefix(self, photos_nchw: Tensor, cut: int) -> Tensor:
        """Photos from 0 to 255 through the first `cut` stages; for none of them the photos as they are."""
        return photos_nchw if cut == 0 else self.backbone.prefix(self.normalise(photos_nchw), cut)

    def features(self, maps: Tensor, cut: int) -> Tensor:
        """What `prefix` gave to pooled features, shape (N, D)."""
        return self.backbone.suffix(self.normalise(maps) if cut == 0 else maps, cut)

    def forward(self, maps: Tensor, cut: int = 0) -> tuple[Tensor, tuple[Tensor, ...]]:
        """What `prefix` gave to logits of shape (N, C), and those of the auxiliary heads while training."""
        if not (self.training and len(self.auxiliary_heads)):
            return self.head(self.standardise(self.features(maps, cut))), ()
        features, taps = self.backbone.forward_with_taps(self.normalise(maps) if cut == 0 else maps, cut)
        auxiliary = tuple(head(tap) for head, tap in zip(self.auxiliary_heads, taps, strict=True))
        return self.head(self.standardise(features)), auxiliary


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Every module in evaluation mode within the block; afterwards each as it was."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def build_network(recipe: Recipe, classes: int, seed: int) -> Network:
    """Build the network of a recipe.

    Args:
        recipe: Resolved.
        classes: Number of classes.
        seed: Seed of the head's weights, and of the backbone's where it has none of its own.

    Raises:
        WeightsError: The weights cannot be had or do not fit.
    """
    backbone = build_backbone(recipe.backbone, recipe.weights, recipe.image_size, seed)
    with torch.random.fork_rng(devices=[]):
        head = seeded_head(recipe.head, backbone.feature_width, classes, seed)
        taps = backbone.auxiliary_taps if recipe.auxiliary else ()
        auxiliary_heads = [build_auxiliary_head(tap, classes) for tap in taps]
    return Network(backbone, head, auxiliary_heads)


def seeded_head(choice: Choice, feature_width: int, classes: int, seed: int) -> nn.Module:
    """A head with the weights that a trial of this seed begins with; torch's own random state moves on."""
    torch.manual_seed(1_000_003 + seed)
    return build_head(choice, feature_width, classes)
