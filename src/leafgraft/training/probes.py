"""Features for the diagnosis: after each stage, with BatchNorm statistics of these photos, and after fine-tuning."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from leafgraft.choices.backbones.build import weights_identity
from leafgraft.data.pixels import PixelMap
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Recipe, Trial
from leafgraft.storage.cache_folder import CacheFolder
from leafgraft.storage.kept_array import keep_array, open_kept
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.batches import PhotoRows, in_order
from leafgraft.training.inputs import TrialInputs
from leafgraft.training.network import Network, build_network
from leafgraft.training.predict import load_network
from leafgraft.training.stage_cache import prefix_identity

Features = NDArray[np.float32]


def stage_probe_features(
    recipe: Recipe, pixels: PixelMap, cache: CacheFolder, progress: Progress, device: str = "cpu"
) -> dict[str, Features]:
    """What each stage of the untrained-on backbone gives, averaged over places, for every photo of a pixel map.

    Args:
        recipe: Resolved; its backbone, weights and side count.
        pixels: Decoded photos.
        cache: Where the features are kept.
        progress: Shows how far it is.
        device: Where to compute.

    Returns:
        By stage, in order: float32, shape (N, channels). A network whose stages cannot be told apart gives its last
        one only.

    Raises:
        WeightsError: The weights cannot be had or do not fit.
    """
    network = _open(recipe, device)
    widths = {name: pooled.shape[1] for name, pooled in _stages(network, _blank(recipe, device)).items()}

    def outputs(photos_nchw: Tensor) -> Tensor:
        return torch.cat(list(_stages(network, photos_nchw).values()), dim=1)

    path = _entry(recipe, pixels, cache, "stages")
    title = f"{recipe.backbone.name}: features after each stage"
    kept = _kept(path, sum(widths.values()), _rows(pixels, device), outputs, progress, title)
    ends = np.cumsum(list(widths.values()))
    return {name: kept[:, end - width : end] for (name, width), end in zip(widths.items(), ends, strict=True)}


def reestimated_features(recipe: Recipe, inputs: TrialInputs, fold: int, progress: Progress) -> Features:
    """Pooled features once the BatchNorm statistics are those of the training photos, nothing else changed.

    Args:
        recipe: Resolved.
        inputs: Photos and splits.
        fold: Whose training photos.
        progress: Shows how far it is.

    Returns:
        float32, shape (N, D), in the order of the pixel map. A backbone without BatchNorm gives its plain features.

    Raises:
        WeightsError: The weights cannot be had or do not fit.

    Source:
        Li et al. 2017, Revisiting Batch Normalization For Practical Domain Adaptation.
    """
    network = _open(recipe, inputs.device)
    train = inputs.photos(inputs.fold(fold).train)
    path = _entry(recipe, inputs.pixels, inputs.cache, json.dumps(["re-estimated", *train.photo_ids]))
    estimated = False

    def outputs(photos_nchw: Tensor) -> Tensor:
        nonlocal estimated
        if not estimated:  # only if there is something to compute
            reestimate(network, train, progress)
            estimated = True
        return network.features(photos_nchw, 0)

    title = f"{recipe.backbone.name}: features with BatchNorm of these photos"
    return _kept(path, network.backbone.feature_width, _rows(inputs.pixels, inputs.device), outputs, progress, title)


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
        folder: Its folder.
        photo_ids: Which photos.

    Returns:
        As `stage_probe_features`, in the order of `photo_ids`.
    """
    network = load_network(trial, folder, len(inputs.classes), inputs.device)
    photos = inputs.photos(photo_ids)
    parts: dict[str, list[Features]] = {}
    with torch.inference_mode():
        for positions in in_order(len(photos), 32):
            for name, pooled in _stages(network, photos.plain(positions)).items():
                parts.setdefault(name, []).append(pooled.float().cpu().numpy())
    return {name: np.concatenate(part) for name, part in parts.items()}


def _stages(network: Network, photos_nchw: Tensor) -> dict[str, Tensor]:
    """Outputs of the stages averaged over places, shape (N, channels); the last one as the head sees it."""
    backbone = network.backbone
    outputs: dict[str, Tensor] = {}
    with torch.inference_mode():
        maps = network.normalise(photos_nchw)
        for name, stage in backbone.stages.items():
            outputs[name] = maps = stage(maps)
        channels_last = maps.ndim == 4 and backbone.feature_width == maps.shape[3] != maps.shape[1]
        pooled = {name: _pooled(outputs[name], channels_last=channels_last) for name in backbone.stages}
        features = torch.flatten(backbone.pool(maps), 1) if backbone.stages else network.features(photos_nchw, 0)
    return pooled | {backbone.stage_names[-1]: features}


def _pooled(maps: Tensor, *, channels_last: bool) -> Tensor:
    """Mean over the places of a map (N, C, h, w) or (N, h, w, C), or over the tokens of (N, T, C)."""
    if maps.ndim == 4:
        return maps.mean(dim=(1, 2) if channels_last else (2, 3))
    return maps.mean(dim=1) if maps.ndim == 3 else maps


def _open(recipe: Recipe, device: str) -> Network:
    return build_network(recipe, 2, 0).to(memory_format=torch.channels_last).to(device).eval()


def _blank(recipe: Recipe, device: str) -> Tensor:
    return torch.zeros(1, 3, recipe.image_size, recipe.image_size, device=device)


def _rows(pixels: PixelMap, device: str) -> PhotoRows:
    count = len(pixels.photo_ids)
    return PhotoRows(pixels.photo_ids, pixels, np.arange(count), np.zeros(count, np.int64), 2, torch.device(device))


def _entry(recipe: Recipe, pixels: PixelMap, cache: CacheFolder, what: str) -> Path:
    weights = weights_identity(recipe.backbone, recipe.weights, 0)
    text = json.dumps([prefix_identity(recipe.backbone, weights, recipe.image_size), what, pixels.identity])
    return cache.entry("features", f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.npy")


def _kept(
    path: Path, width: int, photos: PhotoRows, outputs: Callable[[Tensor], Tensor], progress: Progress, title: str
) -> Features:
    kept = open_kept(path, (len(photos), width), np.float32, progress)
    if kept is not None:
        return kept
    task = progress.task(title, len(photos))
    with keep_array(path, (len(photos), width), np.float32) as array, task as advance, torch.inference_mode():
        for positions in in_order(len(photos), 32):
            array[positions] = outputs(photos.plain(positions)).float().cpu().numpy()
            advance(len(positions))
    return np.asarray(np.load(path, mmap_mode="r"))
