"""The layer that standardises features before a head learns from them, and its place in the head afterwards."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from leafgraft.choices.heads.standardisation import Standardisation

PASSING = (nn.Identity, nn.Flatten)


class Standardise(nn.Module):
    """Features of shape (N, D) to mean 0 and deviation 1; as they are until it is set.

    Args:
        feature_width: Width of the features, D.
        kept: Whether mean and deviation are weights of the module that it is part of.
    """

    def __init__(self, feature_width: int, *, kept: bool = False) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(feature_width), persistent=kept)
        self.register_buffer("deviation", torch.ones(feature_width), persistent=kept)

    def set(self, found: Standardisation) -> None:
        """Take mean and deviation."""
        self.get_buffer("mean").copy_(torch.from_numpy(found.mean))
        self.get_buffer("deviation").copy_(torch.from_numpy(found.deviation))

    def forward(self, features_nd: Tensor) -> Tensor:
        """Features of shape (N, D) to the same."""
        return (features_nd - self.get_buffer("mean")) / self.get_buffer("deviation")


def ready_to_standardise(head: nn.Module, feature_width: int) -> nn.Module:
    """A head that standardised features can be folded into: itself, or one with a layer of its own for it.

    Args:
        head: Features of shape (N, D) to logits.
        feature_width: Width of the features, D.
    """
    return head if first_linear(head) is not None else nn.Sequential(Standardise(feature_width, kept=True), head)


def first_linear(head: nn.Module) -> nn.Linear | None:
    """The linear layer that alone reads the features, if the head begins with one that has a bias."""
    for layer in _leaves(head):
        if isinstance(layer, nn.Linear):
            return layer if layer.bias is not None else None
        if not isinstance(layer, PASSING):
            return None
    return None


def _leaves(head: nn.Module) -> list[nn.Module]:
    """Layers in order; one that is not made of a plain sequence of layers is its own."""
    if not isinstance(head, nn.Sequential):
        return [head]
    return [leaf for layer in head for leaf in _leaves(layer)]


def fold(head: nn.Module, found: Standardisation) -> None:
    """Change a head for standardised features into the same one for features as they are.

    Args:
        head: Head to change in place.
        found: Standardisation that its features went through.

    Raises:
        ValueError: It has no layer that could take it up: `ready_to_standardise` makes one.
    """
    layer = first_linear(head)
    if layer is None:
        raise ValueError("the head must begin with a linear layer that has a bias")
    pair = (one.detach().cpu().double().numpy() for one in (layer.weight, layer.bias))
    with torch.no_grad():
        for target, value in zip((layer.weight, layer.bias), found.fold(*pair), strict=True):
            target.copy_(torch.from_numpy(value))
