"""How accuracy falls as photos get worse: blur, noise, compression, light, shadow, framing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from leafgraft.choices.augmentations.randomness import photo_keys
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.training.analysis.corruptions import CORRUPTIONS, Corruption
from leafgraft.training.frozen.engines import batch_size
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import PhotoRows, in_order

Logits = Callable[[Tensor], Tensor]
Pixels = NDArray[np.uint8]
PORTION = 32  # photos that are disturbed by one thread at a time
MOST_PHOTOS = 192  # six full batches at 224 pixels; 35 passes over so many take as long as two over a usual study
PASSES = 1 + sum(len(one.strengths) for one in CORRUPTIONS)


@dataclass(frozen=True, slots=True, eq=False)
class DisturbedAnswers:
    """Which photos a network has right as they are, and disturbed.

    Attributes:
        photo_ids: Ids of the N photos.
        clean: As they are, shape (N,).
        disturbed: By disturbance those at each strength, mildest first, shape (strengths, N).
    """

    photo_ids: tuple[str, ...]
    clean: NDArray[np.bool_]
    disturbed: dict[str, NDArray[np.bool_]]


def answer_disturbed(
    trial: Trial, inputs: TrialInputs, logits_of: Logits, progress: Progress, most: int = MOST_PHOTOS
) -> DisturbedAnswers:
    """Answers to test photos under each disturbance at five strengths.

    Photos are disturbed after decoding, at the side the network sees; what is drawn for a photo depends on the photo
    alone. Of more than `most` test photos, as large a share is taken of every class.

    Args:
        trial: Finished.
        inputs: What it was trained on.
        logits_of: Its network: photos from 0 to 255, shape (N, 3, S, S), to logits, shape (N, C).
        progress: Shows how far it is.
        most: Test photos at most.

    Source:
        Hendrycks and Dietterich 2019, Benchmarking Neural Network Robustness to Common Corruptions (the protocol;
        kinds and strengths are ours, chosen for phone photos of leaves).
    """
    photos = inputs.photos(_drawn_by_class(inputs, inputs.fold(trial.fold).test, most))
    title = f"{trial.recipe.name or trial.recipe.backbone.name}: disturbed photos"
    answers = np.empty(0, dtype=np.int64)
    with progress.task(title, PASSES) as advance, ThreadPoolExecutor(os.cpu_count()) as threads:
        for more in _answers(logits_of, photos, _disturbed(photos, threads)):
            before, answers = len(answers), np.concatenate([answers, more])
            advance(len(answers) // len(photos) - before // len(photos))
    clean, *of_kinds = np.split(
        answers.reshape(PASSES, -1) == photos.labels, 1 + np.cumsum([0, *(len(one.strengths) for one in CORRUPTIONS)])
    )[:-1]
    by_name = {one.name: right for one, right in zip(CORRUPTIONS, of_kinds, strict=True)}
    return DisturbedAnswers(photos.photo_ids, clean[0], by_name)


def _drawn_by_class(inputs: TrialInputs, photo_ids: Sequence[str], most: int) -> list[str]:
    """Photos that are evenly spaced when all are sorted by class."""
    by_class = np.argsort(inputs.photos(photo_ids).labels, kind="stable")
    spaced = np.unique(np.linspace(0, len(by_class) - 1, min(most, len(by_class))).astype(int))
    return [photo_ids[row] for row in by_class[spaced]]


def _disturbed(photos: PhotoRows, threads: ThreadPoolExecutor) -> Iterator[Pixels]:
    """All photos as they are, then under each disturbance at each strength, in portions from one thread each."""

    def change(disturbance: Corruption, strength: float, positions: NDArray[np.int64]) -> Pixels:
        keys = photo_keys([photos.photo_ids[position] for position in positions])
        return disturbance.apply(photos.pixels.array[photos.rows[positions]], strength, keys)

    portions = list(in_order(len(photos), PORTION))
    yield from (photos.pixels.array[photos.rows[positions]] for positions in portions)
    for disturbance in CORRUPTIONS:
        for strength in disturbance.strengths:
            yield from threads.map(partial(change, disturbance, strength), portions)


def _answers(logits_of: Logits, photos: PhotoRows, portions: Iterable[Pixels]) -> Iterator[NDArray[np.int64]]:
    """Classes that a network answers; its batches are filled, whichever disturbance a photo is under."""

    def answer(array: Pixels) -> NDArray[np.int64]:
        rows = np.arange(len(array))
        own = replace(photos, pixels=replace(photos.pixels, array=array), rows=rows, resident=None)
        with torch.inference_mode():
            return np.asarray(logits_of(own.plain(rows)).argmax(dim=1).cpu().numpy())

    size = batch_size(photos.pixels.array.shape[1])
    waiting = photos.pixels.array[:0]
    for portion in portions:
        waiting = np.concatenate([waiting, portion])
        while len(waiting) >= size:
            yield answer(waiting[:size])
            waiting = waiting[size:]
    if len(waiting):
        yield answer(waiting)
