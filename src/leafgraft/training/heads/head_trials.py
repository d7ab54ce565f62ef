"""Trials in which heads alone learn: put into groups, trained together, finished one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from leafgraft.choices.heads.standardise import Standardise, fold
from leafgraft.choices.menu import phases as phases_of
from leafgraft.errors import TrainingError
from leafgraft.records.display import counted
from leafgraft.records.recipe import Trial
from leafgraft.records.strategy import Phase
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.costs.memory import COPIES
from leafgraft.training.fit.batches import TrialFeed
from leafgraft.training.fit.finish import Costs, finish_trial, measure_costs
from leafgraft.training.fit.open_parts import open_feed, open_loss
from leafgraft.training.frozen.prefix import Prefix
from leafgraft.training.heads.batch import HeadBatch
from leafgraft.training.heads.member import Member
from leafgraft.training.heads.stacked import can_stack
from leafgraft.training.heads.standardising import measure_features
from leafgraft.training.network import Network, seeded_head
from leafgraft.training.photos.inputs import TrialInputs

BATCH_BYTES = 512 * 1024**2  # of weights, gradients, moments and the features of a step, at a time
Outcome = dict[str, Any] | TrainingError


def head_group(trial: Trial) -> str | None:
    """What trials must have in common to be trained together; None if more than a head may learn."""
    recipe, training = trial.recipe, trial.training
    if not recipe.frozen or recipe.auxiliary:
        return None
    one_backbone_per_seed = trial.seed if recipe.weights == "none" else None
    parts = [recipe.backbone, recipe.strategy, recipe.head, *recipe.augmentation]
    numbers = [recipe.image_size, training.epochs, training.patience, training.batch_size, training.views, trial.fold]
    texts = [[part.name, dict(part.settings)] for part in parts]
    return json.dumps([texts, recipe.weights, recipe.balance, one_backbone_per_seed, *numbers], sort_keys=True)


def heads_alone(trial: Trial, prefix: Prefix) -> bool:
    """Whether heads alone learn, on features that are kept, and can be trained side by side."""
    network = prefix.network
    phases = phases_of(trial.recipe.strategy, network.backbone.stage_names)
    plain = len(phases) == 1 and not phases[0].learning and not phases[0].head_optimum
    return plain and prefix.pooled and can_stack(network.head) and not len(network.auxiliary_heads)


def train_heads(
    trials: Sequence[Trial], inputs: TrialInputs, folders: Mapping[str, TrialFolder], prefix: Prefix
) -> Iterator[tuple[Trial, Outcome]]:
    """Train trials of one group, from their checkpoints if they have some, and write their folders.

    Args:
        trials: For which `head_group` is the same, and `heads_alone` holds.
        inputs: What they are trained on.
        folders: By key of the trial.
        prefix: The whole frozen network.

    Yields:
        Each trial as soon as it ends, with what trial.json holds, or why it cannot be trained.
    """
    feed = open_feed(trials[0], inputs, prefix)
    standardisation = measure_features(trials[0], inputs, prefix)
    standardise = Standardise(len(standardisation.mean)).to(inputs.device)
    standardise.set(standardisation)
    costs = measure_costs(prefix, inputs.device)
    by_epoch: dict[int, list[Member]] = {}
    for trial in sorted(trials, key=lambda one: one.seed):
        member = _open_member(trial, feed, inputs, prefix.network, folders[trial.key])
        member.resume(inputs, prefix.progress)
        by_epoch.setdefault(member.fit.epoch, []).append(member)
    for members in by_epoch.values():
        most = _most_at_once(members[0])
        for start in range(0, len(members), most):
            for member in _batch(members[start : start + most], feed, inputs, prefix, standardise).run():
                if not member.failed:
                    member.take_best()
                    fold(member.head, standardisation)
                yield member.trial, member.failed or _finish(member, inputs, prefix, costs)


def _open_member(trial: Trial, feed: TrialFeed, inputs: TrialInputs, network: Network, folder: TrialFolder) -> Member:
    width, classes = network.backbone.feature_width, len(inputs.classes)
    with torch.random.fork_rng(devices=[]):
        head = seeded_head(trial.recipe.head, width, classes, trial.seed).to(inputs.device)
    folder.begin()
    return Member(trial, folder, head, *open_loss(trial, feed))


def _most_at_once(member: Member) -> int:
    """Heads like this one that are trained at a time; each as if alone, so it changes nothing but the memory."""
    weights = sum(tensor.numel() * tensor.element_size() for tensor in member.head.parameters())
    photo = next(member.head.parameters())[0]  # as many numbers as its features
    photos = member.trial.training.batch_size * photo.numel() * photo.element_size()
    return max(1, BATCH_BYTES // (weights * (1 + COPIES) + photos))


def _batch(members: list[Member], feed: TrialFeed, inputs: TrialInputs, prefix: Prefix, layer: nn.Module) -> HeadBatch:
    first = members[0].trial
    which = f"seed {first.seed}" if len(members) == 1 else f"{counted(len(members), 'head')}"
    title = f"{first.recipe.name or first.recipe.backbone.name}, {which}"
    return HeadBatch(feed, layer, _phase(first, prefix), inputs.fingerprint, prefix.progress, title, members)


def _finish(member: Member, inputs: TrialInputs, prefix: Prefix, costs: Costs) -> dict[str, Any]:
    prefix.network.head = member.head
    return finish_trial(
        member.trial, inputs, member.folder, (prefix, member.fit, (_phase(member.trial, prefix),)), costs
    )


def _phase(trial: Trial, prefix: Prefix) -> Phase:
    """The only one."""
    return phases_of(trial.recipe.strategy, prefix.network.backbone.stage_names)[0]
