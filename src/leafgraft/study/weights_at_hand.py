"""Features for an audit, if pretrained weights are on this machine: an audit downloads nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leafgraft.choices.backbones.build import NETWORKS
from leafgraft.choices.menu import resolve
from leafgraft.data.pixels import open_pixel_map
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.storage.cache_folder import weights_folder_path
from leafgraft.study.photos import Looking, Photos
from leafgraft.training.features import plain_features

PREFERRED = ("squeezenet1_1", "mobilenet_v2", "resnet18")  # the quick ones first


def features_at_hand(photos: Photos, looking: Looking) -> NDArray[np.float32] | None:
    """Features of every photo by the quickest network whose weights lie in the weights folder; None without any."""
    names = [network.name for network in NETWORKS]
    here = [name for name in PREFERRED if name in names and any(weights_folder_path().glob(f"{name}[.-]*"))]
    if not here:
        return None
    recipe = resolve(Recipe(Choice(here[0])))
    pixels = open_pixel_map(photos.manifest, recipe.image_size, looking.cache, looking.progress, looking.jobs)
    features = plain_features(recipe, pixels, looking.cache, looking.progress)
    return features[pixels.indices([photo.photo_id for photo in photos.manifest.photos])]
