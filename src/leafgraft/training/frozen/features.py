"""Pooled features of every photo, kept."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from leafgraft.choices.backbones.build import weights_identity
from leafgraft.data.decode.pixel_rows import PixelMap
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Recipe
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.training.frozen.prefix import Prefix, prefix_identity
from leafgraft.training.network import build_network
from leafgraft.training.photos.photo_rows import PhotoRows


def plain_features(
    recipe: Recipe, pixels: PixelMap, cache: CacheFolder, progress: Progress, device: str = "cpu", *, seed: int = 0
) -> NDArray[np.float32]:
    """Features of the recipe's backbone for every photo of a pixel map, shape (N, D), in the map's order.

    Args:
        recipe: Resolved; its backbone, weights and side count.
        pixels: Decoded photos.
        cache: Where the features are kept.
        progress: Shows how far it is.
        device: Where to compute.
        seed: Of random weights; without effect on others.

    Raises:
        WeightsError: The weights cannot be had or do not fit.
    """
    prefix = whole_prefix(recipe, cache, progress, device, seed=seed)
    return prefix.stages(PhotoRows.of_map(pixels, device))[prefix.network.backbone.stage_names[-1]]


def whole_prefix(
    recipe: Recipe, cache: CacheFolder, progress: Progress, device: str = "cpu", *, seed: int = 0
) -> Prefix:
    """The network of a recipe with all its stages frozen.

    Args:
        recipe: Resolved; its backbone, weights and side count.
        cache: Where outputs are kept.
        progress: Shows how far it is.
        device: Where to compute.
        seed: Of random weights; without effect on others.

    Raises:
        WeightsError: The weights cannot be had or do not fit.
    """
    weights = weights_identity(recipe.backbone, recipe.weights, seed)
    network = build_network(recipe, 2, seed).to(memory_format=torch.channels_last).to(device).eval()
    identity = prefix_identity(recipe.backbone, weights, recipe.image_size)
    return Prefix(network, identity, len(network.backbone.stage_names), cache, progress)
