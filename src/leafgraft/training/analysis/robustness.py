"""How accuracy falls as photos get worse: blur, noise, compression, light, shadow, framing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from leafgraft.choices.augmentations.randomness import photo_keys
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.analysis.corruptions import CORRUPTIONS, Corruption
from leafgraft.training.fit.predict import load_network
from leafgraft.training.network import Network
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import PhotoRows, in_order

MOST_PHOTOS = 200  # 35 passes over so many take as long as two over a usual study
PASSES = 1 + sum(len(one.strengths) for one in CORRUPTIONS)


def measure_robustness(
    trial: Trial, inputs: TrialInputs, folder: TrialFolder, progress: Progress, most: int = MOST_PHOTOS
) -> dict[str, Any]:
    """Test accuracy under each disturbance at five strengths.

    Photos are disturbed after decoding, at the side the network sees; what is drawn for a photo depends on the photo
    alone. Of more than `most` test photos, evenly spaced ones are taken.

    Args:
        trial: Finished.
        inputs: What it was trained on.
        folder: Its folder.
        progress: Shows how far it is.
        most: Test photos at most.

    Returns:
        ``clean`` accuracy, ``mean`` over all disturbances and strengths, ``kinds`` (name to five accuracies, mildest
        first), ``strengths`` (name to five), ``units`` (name to what a strength means) and ``photos``.

    Source:
        Hendrycks and Dietterich 2019, Benchmarking Neural Network Robustness to Common Corruptions (the protocol;
        kinds and strengths are ours, chosen for phone photos of leaves).
    """
    test = inputs.fold(trial.fold).test
    chosen = [test[row] for row in np.unique(np.linspace(0, len(test) - 1, min(most, len(test))).astype(int))]
    photos = inputs.photos(chosen)
    network = load_network(trial, folder, len(inputs.classes), inputs.device)
    title = f"{trial.recipe.name or trial.recipe.backbone.name}: disturbed photos"
    kinds: dict[str, list[float]] = {}
    with progress.task(title, PASSES) as advance:
        clean = _accuracy(network, photos)
        advance(1)
        for disturbance in CORRUPTIONS:
            kinds[disturbance.name] = []
            for strength in disturbance.strengths:
                kinds[disturbance.name].append(_accuracy(network, photos, disturbance, strength))
                advance(1)
    return {
        "clean": clean,
        "mean": float(np.mean(list(kinds.values()))),
        "kinds": kinds,
        "strengths": {one.name: list(one.strengths) for one in CORRUPTIONS},
        "units": {one.name: one.unit for one in CORRUPTIONS},
        "photos": len(chosen),
    }


def _accuracy(
    network: Network, photos: PhotoRows, disturbance: Corruption | None = None, strength: float = 0.0
) -> float:
    right = 0
    for positions in in_order(len(photos)):
        array: NDArray[np.uint8] = photos.pixels.array[photos.rows[positions]]
        if disturbance is not None:
            keys = photo_keys([photos.photo_ids[position] for position in positions])
            array = disturbance.apply(array, strength, keys)
        own = replace(photos, pixels=replace(photos.pixels, array=array), rows=np.arange(len(positions)))
        with torch.inference_mode():
            logits = network(own.plain(np.arange(len(positions))), 0)[0]
        right += int((logits.argmax(dim=1).cpu().numpy() == photos.labels[positions]).sum())
    return right / len(photos)
