"""Pooled features of every photo, kept."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from leafgraft.choices.augmentations.flip import Flip
from leafgraft.choices.augmentations.jitter import Jitter
from leafgraft.choices.augmentations.operation import Augmentation
from leafgraft.choices.augmentations.random_resized_crop import RandomResizedCrop
from leafgraft.choices.backbones.build import weights_identity
from leafgraft.data.decode.pixel_rows import PixelMap
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.training.frozen.prefix import Prefix, prefix_identity
from leafgraft.training.network import build_network
from leafgraft.training.photos.photo_rows import PhotoRows

CLOSE_UP = {"scale_min": 0.1, "scale_max": 0.6, "ratio": 4 / 3}  # share of the area, aspect
VIEWS = 2  # of a photo of a place: four teach hardly more
FROM_ELSEWHERE = {"scale_min": 0.4, "scale_max": 1.0, "ratio": 4 / 3}
MIRRORED = {"horizontal": 0.5, "vertical": 0.5}
LITTLE_OTHER_LIGHT = {"brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "hue": 0.02}
OTHER_LIGHT = {"brightness": 0.5, "contrast": 0.5, "saturation": 0.5, "hue": 0.08}


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
        seed: Seed of random weights; without effect on others.

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
        seed: Seed of random weights; without effect on others.

    Raises:
        WeightsError: The weights cannot be had or do not fit.
    """
    weights = weights_identity(recipe.backbone, recipe.weights, seed)
    network = build_network(recipe, 2, seed).to(memory_format=torch.channels_last).to(device).eval()
    identity = prefix_identity(recipe.backbone, weights, recipe.image_size)
    return Prefix(network, identity, len(network.backbone.stage_names), cache, progress)


def crop_features(prefix: Prefix, photos: PhotoRows) -> NDArray[np.float32]:
    """Features of one close-up of each photo, in other light, shape (N, D): they are nearer to photos of the field."""
    augmentation = Augmentation((RandomResizedCrop(**CLOSE_UP), Jitter(**OTHER_LIGHT)))
    named = (Choice("random_resized_crop", CLOSE_UP), Choice("jitter", OTHER_LIGHT))
    return prefix.view(photos, augmentation, named, 0)[0].whole()


def view_features(prefix: Prefix, photos: PhotoRows) -> NDArray[np.float32]:
    """Features of other views of each photo, mirrored, cut and in a little other light, shape (V, N, D)."""
    named = (
        Choice("random_resized_crop", FROM_ELSEWHERE),
        Choice("flip", MIRRORED),
        Choice("jitter", LITTLE_OTHER_LIGHT),
    )
    steps = RandomResizedCrop(**FROM_ELSEWHERE), Flip(**MIRRORED), Jitter(**LITTLE_OTHER_LIGHT)
    return np.stack([prefix.view(photos, Augmentation(steps), named, view)[0].whole() for view in range(VIEWS)])
