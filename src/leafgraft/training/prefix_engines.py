"""Choose the engine of every frozen prefix that recipes of one network need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from leafgraft.choices.backbones.build import weights_identity
from leafgraft.records.engine import EngineChoice
from leafgraft.records.recipe import Recipe, Training
from leafgraft.storage.cache_folder import CacheFolder
from leafgraft.training.engine_trial import settle_engine
from leafgraft.training.engines import PrefixGraph
from leafgraft.training.network import Network, build_network
from leafgraft.training.segments import segments, views_of
from leafgraft.training.stage_cache import prefix_identity, prefix_name


def settle_prefixes(
    recipes: Sequence[Recipe],
    training: Training,
    photos_nhwc: NDArray[np.uint8],
    counts: tuple[int, int],
    where: tuple[CacheFolder, str],
) -> list[EngineChoice]:
    """Choose for each place where one of the recipes cuts the network.

    Args:
        recipes: Resolved; all of one network, weights and side.
        training: Epochs and views.
        photos_nhwc: Some decoded photos to measure on.
        counts: Photos in all, and photos to train on.
        where: Cache and device.

    Raises:
        WeightsError: The weights cannot be had or do not fit.
    """
    cache, device = where
    network = build_network(recipes[0], 2, 0).to(memory_format=torch.channels_last).to(device).eval()
    photos = torch.from_numpy(np.array(photos_nhwc)).to(device).permute(0, 3, 1, 2).float()
    identity = weights_identity(recipes[0].backbone, recipes[0].weights, 0)
    prefix = prefix_identity(recipes[0].backbone, identity, recipes[0].image_size)
    return [
        settle_engine(prefix_name(prefix, cut), PrefixGraph(network, cut), photos, rows, cache)
        for cut, rows in sorted(_rows_by_cut(recipes, training, network, counts).items())
    ]


def _rows_by_cut(
    recipes: Sequence[Recipe], training: Training, network: Network, counts: tuple[int, int]
) -> dict[int, int]:
    """Photos and views that pass through each prefix. All pass through the whole network once, for the diagnosis."""
    photos, train = counts
    rows = {len(network.backbone.stage_names): photos}
    for recipe in recipes:
        for segment in segments(recipe, network, training.epochs):
            if segment.cut:
                views = views_of(recipe, training.views, segment.epochs)
                rows[segment.cut] = max(rows.get(segment.cut, 0), photos + views * train)
    return rows
