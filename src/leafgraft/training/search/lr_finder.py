"""The rate finder: a few steps at ever higher learning rates, and the loss that each rate leads to.

Source: Smith 2017, Cyclical learning rates for training neural networks, section 3.3; smoothing and skipped steps as in
fastai.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.training.distributed.launch import one_device
from leafgraft.training.fit.loop import Loop, dropout_seed
from leafgraft.training.fit.open_parts import open_prefix
from leafgraft.training.phases import set_phase
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import epoch_batches
from leafgraft.training.setup import make_loop, set_head_to_optimum

LOWEST_RATE, HIGHEST_RATE, STEPS = 1e-6, 10.0, 120
SMOOTHING = 0.9
DIVERGED = 4.0  # times the lowest loss
LEAST_STEPS = 12
FIRST_STEPS, LAST_STEPS = STEPS // 10, 5  # that no suggestion is taken from, as in fastai
SPAN = 8  # steps that a fall is measured over: between two of them there is noise


def find_rate(trial: Trial, inputs: TrialInputs, progress: Progress) -> dict[str, Any]:
    """Train for a few steps, each at a higher rate than the one before.

    Returns:
        ``rates`` of the head, ``losses`` (smoothed) at each, ``suggested``: where the loss falls steepest, and
        ``valley``: what fastai suggests; both null if the loss does not fall.

    Raises:
        WeightsError: The weights cannot be had or do not fit.
    """
    prefix = open_prefix(trial, inputs, progress)
    loop = make_loop(trial, inputs, prefix, one_device(inputs))
    if loop.phases[0].head_optimum:
        set_head_to_optimum(trial, inputs, prefix)
    title = f"Find the rate of {trial.recipe.name or trial.recipe.backbone.name}"
    rates: list[float] = []
    losses: list[float] = []
    mean = 0.0
    with progress.task(title, STEPS) as advance, torch.random.fork_rng(devices=[]):
        for step, (rate, loss) in enumerate(_steps(loop)):
            mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
            smooth = mean / (1 - SMOOTHING ** (step + 1))
            if not np.isfinite(smooth) or (step >= LEAST_STEPS and smooth > DIVERGED * min(losses)):
                break
            rates.append(rate)
            losses.append(smooth)
            advance(1)
    curve = np.array(rates), np.array(losses)
    return {"rates": rates, "losses": losses, "suggested": steepest(*curve), "valley": valley(*curve)}


def _steps(loop: Loop) -> Iterator[tuple[float, float]]:
    """Rate and loss of each step; the photos are those of the first epochs in their order."""
    phase = loop.enter_phase(0)
    set_phase(loop.network, phase, loop.recipe.batch_norm)  # as each epoch does: kept outputs need evaluation
    torch.manual_seed(dropout_seed(loop.seed, 0))
    peak = float(loop.recipe.learning_rate or 0)
    rates = iter(np.geomspace(LOWEST_RATE, HIGHEST_RATE, STEPS).tolist())
    epoch = 0
    while True:
        for positions in epoch_batches(len(loop.feed), loop.training.batch_size, loop.seed, epoch):
            rate = next(rates, None)
            if rate is None:
                return
            yield rate, loop.step(positions, 0, rate / peak)[0]
        epoch += 1


def steepest(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> float | None:
    """The rate at which the loss falls most over `SPAN` steps, before it is lowest; None if it never falls.

    Steps in which the smoothed loss is hardly smoothed yet, and the last ones before it diverges, do not count.

    Example:
        >>> rates = np.geomspace(1e-6, 10, 120)
        >>> falls_at = lambda rate: 2 - 1 / (1 + (rate / rates) ** 2)
        >>> round(steepest(rates, falls_at(1e-3)), 4)
        0.001
    """
    rates, losses = _counted(rates, losses)
    lowest = int(losses.argmin()) if len(losses) else 0
    if lowest < SPAN:
        return None
    falls = losses[: lowest + 1 - SPAN] - losses[SPAN : lowest + 1]
    return float(rates[int(falls.argmax()) + SPAN // 2])


def valley(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> float | None:
    """The rate in the middle of the longest run of falling losses (others may lie between); None if it never falls.

    Source:
        fastai's ``valley``, which `lr_find` suggests by default.
    """
    rates, losses = _counted(rates, losses)
    lengths = np.ones(len(losses), dtype=np.int64)  # of the longest run that ends at each step
    for step in range(1, len(losses)):
        lengths[step] += lengths[:step][losses[:step] > losses[step]].max(initial=0)
    if lengths.max(initial=1) == 1:
        return None
    last = int(lengths.argmax())
    third = int(lengths[last]) / 3
    return float(rates[last - int(lengths[last]) + int(third) + int(third / 2)])


def _counted(*curves: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """The steps that are looked at."""
    return tuple(curve[FIRST_STEPS : len(curve) - LAST_STEPS] for curve in curves)
