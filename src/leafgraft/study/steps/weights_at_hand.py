"""Features for an audit, if pretrained weights are on this machine: an audit downloads nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leafgraft.choices.backbones.build import weights_at_hand
from leafgraft.data.decode.pixel_rows import open_pixel_map
from leafgraft.records.recipe import Recipe
from leafgraft.storage.study_file import study_for_photos
from leafgraft.study.photo_set import Looking, Photos
from leafgraft.study.trial_list import planned_recipes
from leafgraft.training.frozen.features import plain_features


def features_at_hand(photos: Photos, looking: Looking) -> tuple[NDArray[np.float32], Recipe] | None:
    """Features of every photo, and the recipe whose network gives them; None without any weights.

    It is the first of the quick study whose weights are on this machine: a run on the same photos says the same, and
    takes up the features.

    Raises:
        WeightsError: The file of weights is broken.
    """
    recipes = planned_recipes(study_for_photos(photos.manifest.root))
    here = [one for one in recipes if weights_at_hand(one.backbone)]
    if not here:
        return None
    recipe = here[0]
    pixels = open_pixel_map(photos.manifest, recipe.image_size, looking.cache, looking.progress, looking.jobs)
    features = plain_features(recipe, pixels, looking.cache, looking.progress)
    return features[pixels.indices([photo.photo_id for photo in photos.manifest.photos])], recipe
