"""Features for the diagnosis: after each stage, with BatchNorm statistics of these photos, and after fine-tuning."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.modules.batchnorm import _BatchNorm

from leafgraft.choices.backbones.build import weights_identity
from leafgraft.data.decode.pixel_rows import DECODER
from leafgraft.records.digest import short_digest
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Recipe, Trial
from leafgraft.storage.cache.kept_rows import KeptRows, Work
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.fit.predict import load_network
from leafgraft.training.frozen.prefix import of_device, prefix_identity
from leafgraft.training.frozen.stage_means import stage_means
from leafgraft.training.network import Network, build_network
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import PhotoRows, in_order

Features = NDArray[np.float32]


def reestimated_features(
    recipe: Recipe, inputs: TrialInputs, statistics_of: Sequence[str], photo_ids: Sequence[str], progress: Progress
) -> Features:
    """Pooled features once the BatchNorm statistics are those of these photos, nothing else changed.

    Args:
        recipe: Resolved.
        inputs: Photos and splits.
        statistics_of: Photos that the statistics are estimated on.
        photo_ids: Photos whose features are asked for.
        progress: Shows how far it is.

    Returns:
        float32, shape (N, D), in the order of `photo_ids`. A backbone without BatchNorm gives its plain features.

    Raises:
        WeightsError: The weights cannot be had or do not fit.

    Source:
        Li et al. 2017, Revisiting Batch Normalization For Practical Domain Adaptation.
    """
    network = _open(recipe, inputs.device)
    train = inputs.photos(statistics_of)
    photos, width = inputs.photos(photo_ids), network.backbone.feature_width
    estimated = False

    @torch.inference_mode()
    def make(rows: NDArray[np.int64]) -> Features:
        nonlocal estimated
        if not estimated:  # only if there is something to compute
            reestimate(network, train, progress)
            estimated = True
        return network.features(photos.plain(rows), 0).float().cpu().numpy()

    weights = weights_identity(recipe.backbone, recipe.weights, 0)
    identity = prefix_identity(recipe.backbone, weights, recipe.image_size)
    estimated_from = short_digest(json.dumps(list(statistics_of)), 24)
    what = json.dumps([identity, DECODER, "re-estimated" + of_device(inputs.device), estimated_from])
    kept = KeptRows(inputs.cache, "features", what, photo_ids, (width,), np.float32)
    work = Work(f"{recipe.backbone.name}: features with BatchNorm of these photos", make)
    return kept.read(np.arange(len(photo_ids)), work, progress).array


def has_statistics(recipe: Recipe) -> bool:
    """Whether the backbone has BatchNorm statistics to re-estimate: not without such layers, nor once they are folded.

    Folded into the convolutions before, a layer is left with mean 0 and variance 1; new statistics would not be an
    estimate of the same thing.
    """
    state = _open(recipe, "cpu").backbone.state_dict()
    means = [tensor for name, tensor in state.items() if name.endswith("running_mean")]
    variances = [tensor for name, tensor in state.items() if name.endswith("running_var")]
    return any(bool(mean.any()) for mean in means) or any(bool((one != 1).any()) for one in variances)


def reestimate(network: Network, photos: PhotoRows, progress: Progress) -> None:
    """Replace all BatchNorm statistics of the backbone by the mean over batches of `photos`."""
    layers = [module for module in network.backbone.modules() if isinstance(module, _BatchNorm)]
    if not layers:
        return
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # every batch counts the same
        layer.train()
    with progress.task("BatchNorm statistics of these photos", len(photos)) as advance, torch.inference_mode():
        order = np.random.default_rng(0).permutation(len(photos))  # batches of one class would have other statistics
        for positions in in_order(len(photos)):
            if len(positions) > 1:
                network.features(photos.plain(order[positions]), 0)
            advance(len(positions))
    network.eval()


def trained_stage_features(
    trial: Trial, inputs: TrialInputs, folder: TrialFolder, photo_ids: Sequence[str]
) -> dict[str, Features]:
    """What each stage gives after training, for a comparison with before.

    Args:
        trial: Finished.
        inputs: What it was trained on.
        folder: Folder of the trial.
        photo_ids: Ids of the photos.

    Returns:
        By stage, in order: float32, shape (N, channels), in the order of `photo_ids`.
    """
    network = load_network(trial, folder, len(inputs.classes), inputs.device)
    photos = inputs.photos(photo_ids)
    parts: dict[str, list[Features]] = {}
    with torch.inference_mode():
        for positions in in_order(len(photos), 32):
            for name, pooled in stage_means(network, photos.plain(positions)).items():
                parts.setdefault(name, []).append(pooled.float().cpu().numpy())
    return {name: np.concatenate(part) for name, part in parts.items()}


def _open(recipe: Recipe, device: str) -> Network:
    return build_network(recipe, 2, 0).to(memory_format=torch.channels_last).to(device).eval()
