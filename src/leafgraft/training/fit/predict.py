"""Predictions of a trained network."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from leafgraft.records.recipe import Trial
from leafgraft.storage.predictions import Predictions
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.fit.checkpoint import copy_into, read_checkpoint
from leafgraft.training.frozen.prefix import Prefix, as_computed
from leafgraft.training.network import Network, build_network
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import PhotoRows, in_order

LogitsOf = Callable[[PhotoRows], NDArray[np.float32]]


def logits_of(prefix: Prefix, photos: PhotoRows) -> NDArray[np.float32]:
    """Logits of plain photos, in fixed batches, from kept outputs of the prefix; shape (N, C).

    Args:
        prefix: Frozen stages and the network that they are of; it is in evaluation mode afterwards.
        photos: N photos, as they are.
    """
    return _after_prefix(prefix, photos, lambda maps: prefix.network(maps, prefix.cut)[0])


def features_of(prefix: Prefix, photos: PhotoRows) -> NDArray[np.float32]:
    """Pooled features of plain photos, shape (N, D).

    Args:
        prefix: Frozen stages and the network that they are of; it is in evaluation mode afterwards.
        photos: N photos, as they are.
    """
    return _after_prefix(prefix, photos, lambda maps: prefix.network.features(maps, prefix.cut))


def _after_prefix(prefix: Prefix, photos: PhotoRows, rest: Callable[[Tensor], Tensor]) -> NDArray[np.float32]:
    prefix.network.eval()
    kept = prefix.plain(photos) if prefix.cut > 0 and prefix.fits(len(photos), 1) else None
    parts = []
    with torch.inference_mode():
        for positions in in_order(len(photos)):
            maps = prefix(photos.plain(positions)) if kept is None else as_computed(kept.take(positions), photos.device)
            parts.append(rest(maps).float().cpu().numpy())
    return np.concatenate(parts).astype(np.float32)


def predictions_of(trial: Trial, inputs: TrialInputs, logits: LogitsOf) -> Predictions:
    """Predictions on validation, then test rows, in the manifest's order.

    Args:
        trial: Trial whose fold says which photos these are.
        inputs: Photos and splits of the study.
        logits: Takes N photos to the logits that the trial gives them, shape (N, C).
    """
    fold = inputs.fold(trial.fold)
    ids = (*fold.validation, *fold.test)
    photos = inputs.photos(ids)
    splits = ["validation"] * len(fold.validation) + ["test"] * len(fold.test)
    found = _as_predictions(inputs, photos, splits, logits(photos), inputs.groups(ids))
    return replace(found, place=inputs.places(ids))


def second_predictions(inputs: TrialInputs, name: str, logits: LogitsOf) -> Predictions:
    """Predictions on every photo of a second folder.

    Args:
        inputs: Photos of the study and of its second folders.
        name: Name of the second folder.
        logits: Takes N photos to the logits that a trial gives them, shape (N, C).
    """
    photos = inputs.second(name)
    groups = inputs.groups(photos.photo_ids, name)
    return _as_predictions(inputs, photos, ["test"] * len(photos), logits(photos), groups)


def _as_predictions(
    inputs: TrialInputs, photos: PhotoRows, splits: list[str], logits_nc: NDArray[np.float32], groups: NDArray[np.str_]
) -> Predictions:
    return Predictions(
        photo_id=np.array(photos.photo_ids, dtype=np.str_),
        split=np.array(splits, dtype=np.str_),
        label=photos.labels,
        logits=logits_nc,
        classes=np.array(inputs.classes, dtype=np.str_),
        group=groups,
    )


def load_network(trial: Trial, folder: TrialFolder, classes: int, device: str = "cpu") -> Network:
    """The trained network of a finished trial, in evaluation mode.

    Args:
        trial: Trial with a resolved recipe.
        folder: Folder of the trial.
        classes: Number of classes.
        device: ``cpu``, ``cuda`` or ``mps``, where the network is put.

    Raises:
        WeightsError: The pretrained weights of its frozen stages cannot be had.
        StudyFolderError: The trial has no weights (it is not finished), or they are damaged.
    """
    network = build_network(trial.recipe, classes, trial.seed)
    load_best(network, folder.weights)
    return network.to(device).eval()


def head_logits(network: Network, features_nd: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits that the head gives for pooled features, shape (N, C).

    Args:
        network: Network in evaluation mode.
        features_nd: Pooled features of its backbone, shape (N, D).
    """
    device = next(network.parameters()).device
    with torch.inference_mode():
        logits = network.head(torch.from_numpy(np.array(features_nd, dtype=np.float32)).to(device))
    return np.asarray(logits.cpu().numpy())


def head_answers(network: Network, features_nd: NDArray[np.float32]) -> NDArray[np.int64]:
    """Class indices that the head gives for pooled features, shape (N,).

    Args:
        network: Network in evaluation mode.
        features_nd: Pooled features of its backbone, shape (N, D).
    """
    return np.asarray(head_logits(network, features_nd).argmax(axis=1))


def load_best(network: Network, path: Path) -> None:
    """Copy the kept weights over the network's own.

    Args:
        network: Network of the same recipe; changed in place.
        path: Weights of a finished trial.

    Raises:
        StudyFolderError: They are missing or damaged.
    """
    best = read_checkpoint(path)[0]["best"]
    state: dict[str, Tensor] = network.state_dict(keep_vars=True)
    copy_into({name: state[name] for name in best}, best)


def gigaflops_per_photo(network: Network, side: int, device: str) -> float:
    """Floating-point operations of one photo through the whole network, in billions: counted, so the same each time.

    Args:
        network: Network in evaluation mode.
        side: Side of the photo in pixels.
        device: ``cpu``, ``cuda`` or ``mps``, where the network lies.
    """
    photo = torch.zeros(1, 3, side, side, device=device)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(photo, 0)
    return float(counter.get_total_flops()) / 1e9


def milliseconds_per_photo(network: Network, side: int, device: str, passes: int = 7) -> float:
    """Least time of one photo through the whole network: other work on the machine can only add to it.

    Args:
        network: Network in evaluation mode.
        side: Side of the photo in pixels.
        device: ``cpu``, ``cuda`` or ``mps``, where the network lies.
        passes: Passes to time, and two more that warm it up; the least of all counts.
    """
    photo = torch.zeros(1, 3, side, side, device=device).to(memory_format=torch.channels_last)
    times = []
    with torch.inference_mode():
        for _ in range(passes + 2):
            started_s = time.perf_counter()
            network(photo, 0)[0].cpu()
            times.append(1000 * (time.perf_counter() - started_s))
    return round(min(times), 3)
