"""How accuracy falls as photos get worse: blur, noise, compression, light, shadow, framing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from leafgraft.choices.augmentations.randomness import photo_keys
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.training.analysis.corruptions import CORRUPTIONS, Corruption
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import PhotoRows, in_order

Logits = Callable[[Tensor], Tensor]
PORTION = 32  # photos that are disturbed by one thread at a time
MOST_PHOTOS = 192  # six full batches at 224 pixels; 35 passes over so many take as long as two over a usual study
PASSES = 1 + sum(len(one.strengths) for one in CORRUPTIONS)


def measure_robustness(
    trial: Trial, inputs: TrialInputs, logits_of: Logits, progress: Progress, most: int = MOST_PHOTOS
) -> dict[str, Any]:
    """Test accuracy under each disturbance at five strengths.

    Photos are disturbed after decoding, at the side the network sees; what is drawn for a photo depends on the photo
    alone. Of more than `most` test photos, evenly spaced ones are taken.

    Args:
        trial: Finished.
        inputs: What it was trained on.
        logits_of: Its network: photos from 0 to 255, shape (N, 3, S, S), to logits, shape (N, C).
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
    title = f"{trial.recipe.name or trial.recipe.backbone.name}: disturbed photos"
    kinds: dict[str, list[float]] = {}
    with progress.task(title, PASSES) as advance, ThreadPoolExecutor(os.cpu_count()) as threads:
        clean = _accuracy(logits_of, photos, _changed(photos, threads))
        advance(1)
        for disturbance in CORRUPTIONS:
            kinds[disturbance.name] = []
            for strength in disturbance.strengths:
                changed = _changed(photos, threads, disturbance, strength)
                kinds[disturbance.name].append(_accuracy(logits_of, photos, changed))
                advance(1)
    return {
        "clean": clean,
        "mean": float(np.mean(list(kinds.values()))),
        "kinds": kinds,
        "strengths": {one.name: list(one.strengths) for one in CORRUPTIONS},
        "units": {one.name: one.unit for one in CORRUPTIONS},
        "photos": len(chosen),
    }


def _changed(
    photos: PhotoRows, threads: ThreadPoolExecutor, disturbance: Corruption | None = None, strength: float = 0.0
) -> Iterator[NDArray[np.uint8]]:
    """Portions of the photos, disturbed on as many threads as there are cores; as they are without a disturbance."""

    def change(positions: NDArray[np.int64]) -> NDArray[np.uint8]:
        array: NDArray[np.uint8] = photos.pixels.array[photos.rows[positions]]
        if disturbance is None:
            return array
        keys = photo_keys([photos.photo_ids[position] for position in positions])
        return disturbance.apply(array, strength, keys)

    return threads.map(change, in_order(len(photos), PORTION))


def _accuracy(logits_of: Logits, photos: PhotoRows, portions: Iterable[NDArray[np.uint8]]) -> float:
    right, start = 0, 0
    for array in portions:
        rows = np.arange(len(array))
        own = replace(photos, pixels=replace(photos.pixels, array=array), rows=rows, resident=None)
        with torch.inference_mode():
            answers = logits_of(own.plain(rows)).argmax(dim=1).cpu().numpy()
        right += int((answers == photos.labels[start : start + len(array)]).sum())
        start += len(array)
    return right / len(photos)
