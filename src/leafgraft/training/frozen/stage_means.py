"""What every stage of a backbone gives, averaged over places: one pass serves the head and the probes."""

from __future__ import annotations

import torch
from torch import Tensor

from leafgraft.training.network import Network


def stage_means(network: Network, photos_nchw: Tensor) -> dict[str, Tensor]:
    """Outputs of the stages averaged over places, shape (N, channels); the last one as the head sees it.

    A network whose stages cannot be told apart gives its last one only.
    """
    backbone = network.backbone
    outputs: dict[str, Tensor] = {}
    maps = network.normalise(photos_nchw)
    for name, stage in backbone.stages.items():
        outputs[name] = maps = stage(maps)
    channels_last = maps.ndim == 4 and backbone.feature_width == maps.shape[3] != maps.shape[1]
    means = {name: _mean(outputs[name], channels_last=channels_last) for name in backbone.stages}
    features = torch.flatten(backbone.pool(maps), 1) if backbone.stages else network.features(photos_nchw, 0)
    return means | {backbone.stage_names[-1]: features}


def _mean(maps: Tensor, *, channels_last: bool) -> Tensor:
    """Mean over the places of a map (N, C, h, w) or (N, h, w, C), or over the tokens of (N, T, C)."""
    if maps.ndim == 4:
        return maps.mean(dim=(1, 2) if channels_last else (2, 3))
    return maps.mean(dim=1) if maps.ndim == 3 else maps
