"""The last stage of a frozen network and its head, tuned together from a head at its optimum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from leafgraft.choices.schedulers import cosine
from leafgraft.records.strategy import Phase
from leafgraft.training.fit.loop import mean_loss
from leafgraft.training.frozen.prefix import Outputs, as_computed
from leafgraft.training.network import Network
from leafgraft.training.phases import frozen_prefix, learned_state, set_phase
from leafgraft.training.photos.photo_rows import epoch_batches

EPOCHS, BATCH, RATE = 5, 32, 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class MapRows:
    """What the frozen stages gave for some photos.

    Attributes:
        maps: Kept outputs of the frozen stages.
        labels: Class indices, shape (N,).
        counts: How often each photo counts in the loss, shape (N,).
        times: How often each photo is seen in an epoch.
    """

    maps: Outputs
    labels: NDArray[np.int64]
    counts: NDArray[np.float64]
    times: int = 1


def last_stage(network: Network) -> Phase | None:
    """The last stages from the last one on that has filters of its own; None where it cannot be cut off.

    Args:
        network: Network whose stages are looked at; it is not changed.
    """
    names = network.backbone.stage_names
    with_filters = [
        number
        for number, name in enumerate(names)
        if any(one.ndim > 1 for one in network.backbone.stage_parameters(name))
    ]
    phase = Phase(0, tuple(names[with_filters[-1] :]))
    cut = frozen_prefix(network, phase)
    return phase if 0 < cut == with_filters[-1] else None


def tune(network: Network, phase: Phase, parts: Sequence[MapRows]) -> None:
    """Let the stages of a phase and the head learn; batch statistics stay as they are, the rate falls as a cosine.

    Args:
        network: Network with its head at its optimum; changed in place, and in evaluation mode afterwards.
        phase: Phase that says which stages learn.
        parts: Outputs of the frozen stages to learn from; all of them are drawn together.

    Source:
        Kumar et al. 2022, Fine-Tuning can Distort Pretrained Features (LP-FT).
    """
    cut = frozen_prefix(network, phase)
    owner = np.concatenate([np.full(len(one.labels) * one.times, number) for number, one in enumerate(parts)])
    row = np.concatenate([np.tile(np.arange(len(one.labels)), one.times) for one in parts])
    set_phase(network, phase, "fixed")
    weights = [tensor for tensor in learned_state(network, [phase]).values() if tensor.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=RATE)
    schedule = cosine.build(EPOCHS, math.ceil(len(row) / BATCH), warmup_epochs=0.0, floor=0.0)
    for epoch in range(EPOCHS):
        for step, positions in enumerate(epoch_batches(len(row), BATCH, 0, epoch)):
            optimizer.param_groups[0]["lr"] = RATE * schedule.factor(epoch, step)
            loss = _loss(network, cut, parts, (owner[positions], row[positions]))
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimizer.step()
    network.eval()


def _loss(
    network: Network, cut: int, parts: Sequence[MapRows], where: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> Tensor:
    """Mean loss of some photos, each as often as it counts."""
    owner, row = where
    device = next(network.parameters()).device
    maps, labels, counts = [], [], []
    for number, part in enumerate(parts):
        own = row[owner == number]
        if len(own):
            maps.append(as_computed(part.maps.take(own), device))
            labels.append(part.labels[own])
            counts.append(part.counts[own])
    logits = network(torch.cat(maps), cut)[0]
    of_photo = cross_entropy(logits, torch.from_numpy(np.concatenate(labels)).to(device), reduction="none")
    return mean_loss(of_photo, torch.from_numpy(np.concatenate(counts)).float().to(device))
