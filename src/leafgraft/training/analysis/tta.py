"""Predictions made from finished trials: test-time augmentation and ensembles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from leafgraft.errors import PredictionsError
from leafgraft.records.recipe import Trial
from leafgraft.storage.predictions import Predictions
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.fit.predict import LogitsOf, load_network
from leafgraft.training.network import Network
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import PhotoRows, in_order


def turned(photos_nchw: Tensor, view: int) -> Tensor:
    """View 0 is the photo, 1 to 3 its flips, 4 to 7 the same after a quarter turn: the symmetries of a square."""
    if view >= 4:
        photos_nchw = photos_nchw.rot90(1, (2, 3))
    axes = ((), (3,), (2,), (2, 3))[view % 4]
    return photos_nchw.flip(axes) if axes else photos_nchw


def logits_of_views(trial: Trial, inputs: TrialInputs, folder: TrialFolder, views: int) -> LogitsOf:
    """What gives the mean probability over `views` flips and turns of each photo, as logits.

    Args:
        trial: Finished.
        inputs: What it was trained on.
        folder: Folder of the trial.
        views: 1 to 8.
    """
    network = load_network(trial, folder, len(inputs.classes), inputs.device)
    return lambda photos: _mean_over_views(network, photos, views)


def _mean_over_views(network: Network, photos: PhotoRows, views: int) -> NDArray[np.float32]:
    parts = []
    with torch.inference_mode():
        for positions in in_order(len(photos)):
            plain = photos.plain(positions)
            probabilities = torch.stack(
                [network(turned(plain, view).contiguous(), 0)[0].cpu().double().softmax(dim=1) for view in range(views)]
            ).mean(dim=0)
            parts.append(_to_logits(probabilities.numpy()))
    return np.concatenate(parts)


def ensemble(members: Sequence[Predictions]) -> Predictions:
    """Mean probability of several trials on the same rows.

    Raises:
        PredictionsError: The members have other rows.
    """
    first = members[0]
    for other in members[1:]:
        if not (np.array_equal(first.photo_id, other.photo_id) and np.array_equal(first.classes, other.classes)):
            raise PredictionsError(
                "Members of an ensemble must have the same rows and classes.",
                "They do not.",
                "Run the study again, so that all its trials are made from the same photos.",
            )
    mean = np.mean([member.probabilities for member in members], axis=0)
    return replace(first, logits=_to_logits(mean))


def _to_logits(probabilities_nc: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.log(np.clip(probabilities_nc, 1e-30, None)).astype(np.float32)
