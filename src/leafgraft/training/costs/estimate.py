"""What trials will cost, from a short measurement of each network on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from leafgraft.choices.augmentations.build import build_augmentation
from leafgraft.records.recipe import Recipe, Training
from leafgraft.records.trial_time import TrialTime
from leafgraft.training.frozen.engines import batch_size
from leafgraft.training.frozen.prefix import Prefix, map_budget_bytes
from leafgraft.training.frozen.segments import Segment, segments, views_of
from leafgraft.training.network import Network, build_network, evaluating

MEASURED_PHOTOS = 16
FEW_PHOTOS = 4  # where nothing learns but heads on kept features, and little depends on this speed
HEAD_STEP_S = 3e-4  # one step of a head on kept features: overhead, hardly arithmetic
SOLVE_S = 1.2e-6  # the head at its optimum, for every penalty: of each number in the features
ENDS_S = 0.3  # what a trial takes to begin, and to write its folder


@dataclass(frozen=True, slots=True)
class Speed:
    """How long one photo takes.

    Attributes:
        seconds: Forward, per stage, in order; of one that cannot be cut, of the whole network.
        bytes_after: Size of what a photo becomes after so many stages, as kept in the cache; ``bytes_after[0]`` is 0.
        step_factor: A step that learns, in forward passes of the same stages; 0 if nothing but a head learns.
    """

    seconds: tuple[float, ...]
    bytes_after: tuple[int, ...]
    step_factor: float


def unweighted_network(recipe: Recipe, device: str = "cpu") -> Network:
    """The recipe's network with random weights: to know its stages, or to time them."""
    return build_network(replace(recipe, weights="none"), 2, 0).to(memory_format=torch.channels_last).to(device)


def measured_photos(batch_size: int, *, learns: bool) -> int:
    """Photos of one measured pass or step: no more than a trial takes at a time, for which memory may just do."""
    return min(MEASURED_PHOTOS if learns else FEW_PHOTOS, batch_size)


def measure_speed(
    recipe: Recipe, network: Network, device: str, *, batch_size: int = MEASURED_PHOTOS, learns: bool = True
) -> Speed:
    """Time each stage of a network on a few made-up photos; weights do not matter for that.

    Args:
        recipe: Whose network it is.
        network: On the device.
        device: Torch device.
        batch_size: Photos that a trial takes at a time.
        learns: Whether a recipe trains more of it than a head on kept features; else no step is timed.
    """
    side = recipe.image_size
    count = measured_photos(batch_size, learns=learns)
    photos = torch.rand(count, 3, side, side, device=device).to(memory_format=torch.channels_last) * 255
    with torch.inference_mode(), evaluating(network):
        passes = [_forward(network, photos) for _ in range(3)][1:]  # the first one warms up
    seconds = tuple(min(one[0][stage] for one in passes) / count for stage in range(len(passes[0][0])))
    learning_s = min(_step_seconds(network, photos) for _ in range(2)) / count if learns else 0.0
    return Speed(seconds, (0, *passes[0][1]), learning_s / max(sum(seconds), 1e-9))


def _forward(network: Network, photos_nchw: Tensor) -> tuple[list[float], list[int]]:
    """Seconds of each stage, and bytes of a photo's output as it is kept."""
    backbone, seconds, sizes = network.backbone, [], []
    maps = network.normalise(photos_nchw)
    cuts = backbone.cuts
    for number, cut in enumerate(cuts[1:]):
        started_s = time.perf_counter()
        last = cut == cuts[-1]
        if backbone.stages:
            maps = list(backbone.stages.values())[number](maps)
            output = torch.flatten(backbone.pool(maps), 1) if last else maps
        else:
            output = backbone.prefix(maps, cut)
        output.flatten()[0].item()  # waits for a GPU
        seconds.append(time.perf_counter() - started_s)
        sizes.append(int(np.prod(output.shape[1:])) * (4 if last else 2))
    return seconds, sizes


def _step_seconds(network: Network, photos_nchw: Tensor) -> float:
    """Seconds of one step in which everything learns."""
    network.train()
    started_s = time.perf_counter()
    network(photos_nchw)[0].sum().backward()
    seconds = time.perf_counter() - started_s
    network.zero_grad()
    network.eval()
    return seconds


def pass_seconds(prefix: Prefix) -> float:
    """Seconds of one photo through frozen stages, in their engine, which fills up every batch that is not whole."""
    side, times = prefix.side, []
    device = next(prefix.network.parameters()).device
    photos = torch.zeros(batch_size(side), 3, side, side, device=device)
    with evaluating(prefix.network):
        for _ in range(1 if prefix.cut in prefix.engines else 2):  # the quicker counts: the first one builds the engine
            started_s = time.perf_counter()
            prefix(photos).flatten()[0].item()  # waits for a GPU
            times.append(time.perf_counter() - started_s)
    prefix.drop_engine()
    return min(times) / len(photos)


def augmentation_seconds(recipe: Recipe, device: str) -> float:
    """Seconds to change one photo as the recipe asks; 0 if it asks for nothing."""
    augmentation = build_augmentation(recipe.augmentation)
    if not augmentation:
        return 0.0
    side = recipe.image_size
    photos = torch.zeros(MEASURED_PHOTOS, side, side, 3, dtype=torch.uint8, device=device)
    keys = torch.arange(MEASURED_PHOTOS, device=device)
    times = []
    for _ in range(2):
        started_s = time.perf_counter()
        augmentation.change(photos, keys, 0, 0).flatten()[0].item()
        times.append(time.perf_counter() - started_s)
    return min(times) / MEASURED_PHOTOS


def trial_time(
    recipe: Recipe, training: Training, speed: Speed, network: Network, counts: Sequence[int], change_s: float = 0.0
) -> TrialTime:
    """How long one trial takes, without the work that is shared.

    Args:
        recipe: Resolved.
        training: Epochs, batch size.
        speed: Measured speed of its network.
        network: To know its stages.
        counts: Photos to train and to validate on.
        change_s: Seconds to change one photo.
    """
    train, validation = counts
    if recipe.solved:  # tells of one epoch, once it is done
        together = len(training.seeds) if recipe.same_for_every_seed else 1
        solving_s = SOLVE_S * train * network.backbone.feature_width / together
        return TrialTime(recipe.name, ENDS_S + solving_s, ((1.0, 0.0),), 1.0)
    steps = -(-train // training.batch_size)
    cuts, phases = network.backbone.cuts, []
    parts = segments(recipe, network, training.epochs)
    for segment in parts:
        cut = cuts.index(segment.cut)
        rest, again = sum(speed.seconds[cut:]), 0.0
        if not is_kept(recipe, training, speed, network, segment, counts):
            again = sum(speed.seconds[:cut])
        learning_s = rest * speed.step_factor * (1.0 if cut else _share_of_pixels(recipe, segment))
        photo_s = learning_s + again + (change_s if again or not cut else 0.0)
        epoch_s = train * photo_s + validation * (rest + again) + steps * HEAD_STEP_S
        phases.append((float(segment.epochs), epoch_s))
    least = min(training.epochs, max(1, parts[-1].phase.from_epoch) + training.patience)
    return TrialTime(recipe.name, ENDS_S, tuple(phases), float(least), float(training.patience))


def _share_of_pixels(recipe: Recipe, segment: Segment) -> float:
    """Pixels that the epochs of a phase learn from, of those that full photos would have."""
    small = recipe.small_first
    if small is None:
        return 1.0
    few = max(0, min(small.epochs - segment.phase.from_epoch, segment.epochs)) / segment.epochs
    return 1 - few * (1 - (small.side_px / recipe.image_size) ** 2)


def kept_rows(recipe: Recipe, training: Training, segment: Segment, counts: Sequence[int]) -> int:
    """Photos and views whose outputs a trial keeps while these epochs last."""
    train, validation = counts
    return train * max(1, views_of(recipe, training.views, segment.epochs)) + validation


def is_kept(
    recipe: Recipe, training: Training, speed: Speed, network: Network, segment: Segment, counts: Sequence[int]
) -> bool:
    """Whether outputs of the frozen stages fit into the budget; features always do."""
    cuts = network.backbone.cuts
    cut = cuts.index(segment.cut)
    needed = kept_rows(recipe, training, segment, counts) * speed.bytes_after[cut]
    return cut in {0, len(cuts) - 1} or needed <= map_budget_bytes()
