"""Where a network looks: which places of a photo speak for its answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from leafgraft.choices.backbones.backbone import Backbone
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.fit.predict import load_network
from leafgraft.training.network import Network
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import in_order, take_photos

Map = NDArray[np.float32]


def heat_maps(trial: Trial, inputs: TrialInputs, folder: TrialFolder, photo_ids: Sequence[str]) -> dict[str, Map]:
    """Heat maps of photos for the class that the trial answers.

    Args:
        trial: Finished.
        inputs: What it was trained on.
        folder: Folder of the trial.
        photo_ids: Ids of the photos.

    Returns:
        By photo id: float32 from 0 (says nothing for the class) to 1 (says most), as many places as the last map of
        the network has. Empty if the network keeps no map up to its end.

    Raises:
        WeightsError: The pretrained weights of its frozen stages cannot be had.
    """
    network = load_network(trial, folder, len(inputs.classes), inputs.device)
    photos = take_photos(inputs.manifest, photo_ids, inputs.classes, inputs.pixels, torch.device(inputs.device))
    found: dict[str, Map] = {}
    for positions in in_order(len(photos), 32):
        maps = class_maps(network, photos.plain(positions))
        if maps is None:
            return {}
        found.update(zip([photos.photo_ids[position] for position in positions], maps, strict=True))
    return found


def class_maps(network: Network, photos_nchw: Tensor, classes_n: Tensor | None = None) -> Map | None:
    """Heat maps by the gradient of a class's logit at the last map.

    For a linear head on averaged features the gradient is the weight of the class, divided by the number of places:
    the class activation map, exactly.

    Args:
        network: In evaluation mode.
        photos_nchw: From 0 to 255.
        classes_n: Class of each photo; by default the one with the highest logit.

    Returns:
        float32 from 0 to 1, shape (N, h, w); None if the network keeps no map up to its end.

    Source:
        Zhou et al. 2016, Learning Deep Features for Discriminative Localization; Selvaraju et al. 2017, Grad-CAM.
    """
    backbone = network.backbone
    with torch.no_grad():
        last, after = last_map(backbone, network.normalise(photos_nchw))
    if last is None:
        return None
    last = last.detach().requires_grad_()
    with torch.enable_grad():
        whole = after == len(backbone.stage_names)
        features = torch.flatten(backbone.pool(last), 1) if whole else backbone.suffix(last * 1, after)
        logits = network.head(features)
        chosen = logits.argmax(dim=1) if classes_n is None else classes_n
        (gradient,) = torch.autograd.grad(logits.gather(1, chosen[:, None]).sum(), last)
    channels, places = map_axes(last, backbone.feature_width)
    weights = gradient.mean(dim=places, keepdim=True)
    heat = (weights * last.detach()).sum(dim=channels).clamp(min=0)
    highest = heat.amax(dim=(1, 2), keepdim=True)
    return np.asarray((heat / highest.clamp(min=1e-12)).cpu().numpy(), dtype=np.float32)


def last_map(backbone: Backbone, maps: Tensor) -> tuple[Tensor | None, int]:
    """The last spatial map, and how many stages lie before it.

    One whose channels are those of the features is preferred. VGG16 has none: there, and wherever features are
    widened after pooling, it is the last map that still has places.
    """
    last, after, matching = None, 0, False
    for number, stage in enumerate(backbone.stages.values(), start=1):
        maps = stage(maps)
        if maps.ndim != 4:
            continue
        fits = backbone.feature_width in {maps.shape[1], maps.shape[3]}
        rows, columns = map_axes(maps, backbone.feature_width)[1]
        if fits or not (matching or maps.shape[rows] == 1 or maps.shape[columns] == 1):
            last, after, matching = maps, number, fits
    return last, after


def map_axes(maps: Tensor, feature_width: int) -> tuple[int, tuple[int, int]]:
    """Axis of the channels and axes of the places; some transformers keep channels last. Maps are square."""
    last = maps.shape[1] != feature_width and (maps.shape[3] == feature_width or maps.shape[2] != maps.shape[3])
    return (3, (1, 2)) if last else (1, (2, 3))
