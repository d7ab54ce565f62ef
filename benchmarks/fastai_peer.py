"""fastai as a peer: its own loader, learner and optimizer, without a word on the terminal.

fastai is not among the packages of this project; `pip install fastai` adds it, and the benchmarks then measure it too.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from measured import WORKERS

INSTALLED = find_spec("fastai") is not None


class Photos(Protocol):
    """Paths, class indices, and the side to resize to."""

    paths: Sequence[Path]
    labels: Sequence[int]
    side: int


def loaders(train: Photos, held_out: Photos, batch_size: int) -> Any:
    """Loaders of fastai of training and held-out photos, squeezed to a square, normalised as for ImageNet."""
    from fastai.vision.all import (  # noqa: PLC0415 - only where it is installed
        CategoryBlock,
        DataBlock,
        ImageBlock,
        IndexSplitter,
        Normalize,
        Resize,
        imagenet_stats,
    )

    paths, labels = [*train.paths, *held_out.paths], [*train.labels, *held_out.labels]
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_x=lambda row: paths[row],
        get_y=lambda row: labels[row],
        splitter=IndexSplitter(range(len(train.paths), len(paths))),
        item_tfms=Resize(train.side, method="squish"),
        batch_tfms=Normalize.from_stats(*imagenet_stats, cuda=False),
    )
    return block.dataloaders(range(len(paths)), bs=batch_size, num_workers=WORKERS, device="cpu")


def epochs(
    model: nn.Sequential, photos: tuple[Photos, Photos], rate: float, batch_size: int, count: int
) -> list[float]:
    """Seconds of each epoch of fastai's `fit`: one pass that learns, one over the held-out photos.

    Args:
        model: What learns is what wants gradients; batch normalisation of frozen parts is left as fastai has it.
        photos: To train on, and held out.
        rate: Of learning.
        batch_size: Photos per step.
        count: Epochs.
    """
    from fastai.vision.all import Callback, CrossEntropyLossFlat, Learner  # noqa: PLC0415 - only where it is installed

    moments = [time.perf_counter()]

    class Clock(Callback):  # type: ignore[misc]
        def after_epoch(self) -> None:
            moments.append(time.perf_counter())

    def parts(whole: nn.Module) -> list[list[nn.Parameter]]:
        return [[one for one in whole.parameters() if one.requires_grad is learning] for learning in (False, True)]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = loaders(*photos, batch_size)
        frozen = bool(parts(model)[0])
        learner = Learner(data, model, CrossEntropyLossFlat(), splitter=parts if frozen else _whole, cbs=[Clock()])
        if frozen:
            learner.freeze_to(1)
        with learner.no_bar(), learner.no_logging():
            moments[0] = time.perf_counter()
            learner.fit(count, rate)
    return [end - start for start, end in pairwise(moments)]


def fine_tune(
    network: nn.Module, photos: tuple[Photos, Photos], test: Photos, batch_size: int, count: int
) -> list[tuple[float, float]]:
    """Seconds since the start, and percent of the test photos right, after each epoch of fastai's `fine_tune`.

    One epoch with the body frozen, then `count` of the whole, with fastai's own head, rates and schedule. The test
    photos are looked at off the clock.

    Args:
        network: torchvision's, with pretrained weights; fastai cuts its classifier off.
        photos: To train on, and held out.
        test: To tell how far it is.
        batch_size: Photos per step.
        count: Epochs of the whole network.
    """
    from fastai.vision.all import (  # noqa: PLC0415 - only where it is installed
        Callback,
        CrossEntropyLossFlat,
        Learner,
        create_vision_model,
        default_split,
    )

    started_s, off_s = time.perf_counter(), 0.0
    reached: list[tuple[float, float]] = []

    class Watch(Callback):  # type: ignore[misc]
        def after_epoch(self) -> None:
            nonlocal off_s
            paused_s = time.perf_counter()
            self.model.eval()
            with torch.inference_mode():
                answers = [self.model(batch[0]).argmax(dim=1) for batch in tests]
            right = torch.cat(answers).numpy() == np.asarray(test.labels)
            reached.append((paused_s - started_s - off_s, float(100 * right.mean())))
            off_s += time.perf_counter() - paused_s

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = loaders(*photos, batch_size)
        # What `vision_learner` does, which does not pass on where to cut a network without a pooling layer.
        model = create_vision_model(lambda pretrained: network, max(test.labels) + 1, cut=-1)
        learner = Learner(data, model, CrossEntropyLossFlat(), splitter=default_split, cbs=[Watch()])
        learner.freeze()
        tests = loaders(photos[0], test, batch_size).valid
        with learner.no_bar(), learner.no_logging():
            learner.fine_tune(count)
    return reached


def _whole(model: nn.Module) -> list[list[nn.Parameter]]:
    return [list(model.parameters())]
