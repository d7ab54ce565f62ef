"""What trials will cost, from a short measurement of each network on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from leafgraft.choices.menu import phases as phases_of
from leafgraft.records.recipe import Recipe, Training
from leafgraft.training.learning import frozen_prefix, phase_at
from leafgraft.training.network import Network, build_network

MEASURED_PHOTOS = 16
BACKWARD_FACTOR = 2.0  # a backward pass computes two products where the forward pass computes one
HEAD_STEP_S = 3e-4  # one step of a head on kept features: overhead, hardly arithmetic


@dataclass(frozen=True, slots=True)
class Speed:
    """How long one photo takes in each stage.

    Attributes:
        seconds: Forward, per stage, in order.
        bytes_after: Of what a photo becomes after so many stages, as kept in the cache; ``bytes_after[0]`` is 0.
    """

    seconds: tuple[float, ...]
    bytes_after: tuple[int, ...]


def measure_speed(recipe: Recipe, device: str) -> tuple[Speed, Network]:
    """Time each stage of the recipe's network on a few made-up photos; weights do not matter for that."""
    network = build_network(replace(recipe, weights="none"), 2, 0).to(memory_format=torch.channels_last).to(device)
    network.eval()
    side = recipe.image_size
    photos = torch.rand(MEASURED_PHOTOS, 3, side, side, device=device).to(memory_format=torch.channels_last) * 255
    cuts = network.backbone.cuts
    totals, sizes = [0.0], [0]
    with torch.inference_mode():
        for cut in cuts[1:]:
            network.prefix(photos, cut)
            times = []
            for _ in range(2):
                started_s = time.perf_counter()
                output = network.prefix(photos, cut)
                output.sum().item()  # waits for a GPU
                times.append(time.perf_counter() - started_s)
            totals.append(max(totals[-1], min(times) / MEASURED_PHOTOS))
            sizes.append(int(np.prod(output.shape[1:])) * (4 if cut == cuts[-1] else 2))
    return Speed(tuple(np.diff(totals).tolist()), tuple(sizes)), network


def trial_seconds(recipe: Recipe, training: Training, speed: Speed, network: Network, counts: Sequence[int]) -> float:
    """Seconds of one trial that runs for all its epochs, without the work that is shared.

    Args:
        recipe: Resolved.
        training: Epochs, batch size.
        speed: Of its network.
        network: To know its stages.
        counts: Photos to train and to validate on.
    """
    phases = phases_of(recipe.strategy, network.backbone.stage_names)
    train, validation = counts
    steps = -(-train // training.batch_size)
    cuts = network.backbone.cuts
    total = 0.0
    for epoch in range(training.epochs):
        cut = cuts.index(frozen_prefix(network, phase_at(phases, epoch)))
        rest = sum(speed.seconds[cut:])
        total += train * rest * (1 + BACKWARD_FACTOR) + validation * rest + steps * HEAD_STEP_S
    return total


def shared_cut(recipe: Recipe, network: Network) -> int:
    """Index of the deepest cut whose outputs the trial keeps; 0 if none."""
    phases = phases_of(recipe.strategy, network.backbone.stage_names)
    return network.backbone.cuts.index(max(frozen_prefix(network, phase) for phase in phases))
