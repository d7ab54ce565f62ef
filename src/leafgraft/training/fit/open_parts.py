"""What every trial begins with: its frozen stages, its batches, its loss and schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from leafgraft.choices.augmentations.build import build_augmentation
from leafgraft.choices.backbones.build import weights_identity
from leafgraft.choices.losses.build import build_loss
from leafgraft.choices.menu import phases as phases_of
from leafgraft.choices.schedulers.build import build_schedule
from leafgraft.choices.schedulers.schedule import Plateau, Schedule
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.training.fit.batches import TrialFeed
from leafgraft.training.frozen.prefix import Prefix, prefix_identity
from leafgraft.training.network import build_network
from leafgraft.training.phases import common_cut
from leafgraft.training.photos.inputs import TrialInputs


def open_prefix(trial: Trial, inputs: TrialInputs, progress: Progress) -> Prefix:
    """The network of a trial, cut after the stages that no phase changes.

    Args:
        trial: Trial with a resolved recipe; its seed sets the random weights.
        inputs: Photos of the study, the device and the cache.
        progress: Shows how far the frozen stages are.

    Raises:
        WeightsError: The weights cannot be had or do not fit.
        MenuError: The backbone has too few stages for the strategy.
    """
    recipe = trial.recipe
    identity = weights_identity(recipe.backbone, recipe.weights, trial.seed)
    network = build_network(recipe, len(inputs.classes), trial.seed)
    network = network.to(memory_format=torch.channels_last).to(inputs.device)
    cut = common_cut(network, phases_of(recipe.strategy, network.backbone.stage_names))
    name = prefix_identity(recipe.backbone, identity, recipe.image_size)
    return Prefix(network, name, cut, inputs.cache, progress)


def open_feed(trial: Trial, inputs: TrialInputs, prefix: Prefix) -> TrialFeed:
    """Batches of a trial's training photos, and its validation photos.

    Args:
        trial: Trial with a resolved recipe.
        inputs: Photos and splits of the study.
        prefix: Network of the trial, as `open_prefix` gives it.
    """
    fold, recipe, counts = inputs.fold(trial.fold), trial.recipe, inputs.counts(trial)
    return TrialFeed(
        prefix=replace(prefix, cut=0),
        train=inputs.photos(fold.train),
        held_out=inputs.photos(fold.validation),
        augmentation=build_augmentation(recipe.augmentation),
        choices=recipe.augmentation,
        views=trial.training.views,
        seed=trial.seed,
        small_first=recipe.small_first,
        counts_n=None if counts is None else torch.from_numpy(counts).float().to(inputs.device),
    )


def open_loss(trial: Trial, feed: TrialFeed) -> tuple[Callable[[Tensor, Tensor], Tensor], Schedule | Plateau]:
    """Loss of each photo, and the factor on the rate.

    Args:
        trial: Trial with a resolved recipe.
        feed: Batches of the trial: a loss may weigh classes by how many training photos they have.
    """
    counts = np.bincount(feed.train.labels, minlength=feed.train.classes)
    steps = max(1, -(-len(feed) // trial.training.batch_size))
    schedule = build_schedule(trial.recipe.scheduler, trial.training.epochs, steps)
    return build_loss(trial.recipe.loss, counts), schedule
