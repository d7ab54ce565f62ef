"""One network whose weights are the mean of those of two: of a probe and a tuned network, WiSE-FT.

Source: Wortsman et al. 2022, Robust fine-tuning of zero-shot models, arXiv 2109.01903.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from leafgraft.choices.menu import phases as phases_of
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.predictions import write_predictions
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.fit.checkpoint import copy_into, write_checkpoint
from leafgraft.training.fit.open_parts import open_prefix
from leafgraft.training.fit.predict import load_network, logits_of, predictions_of, second_predictions
from leafgraft.training.phases import common_cut, learned_state
from leafgraft.training.photos.inputs import TrialInputs

Member = tuple[Trial, TrialFolder]
# Of the member whose recipe builds the network: what a bundle tells of its training.
KEPT = (
    "recipe",
    "training",
    "epochs",
    "best_epoch",
    "phases",
    "weights",
    "identity",
    "parameters",
    "device",
    "versions",
)


def write_average(
    members: Sequence[Member],
    share: float,
    inputs: TrialInputs,
    target: TrialFolder,
    told: Mapping[str, Any],
    progress: Progress,
) -> None:
    """Average the weights of two finished trials, and write weights, predictions and trial.json; the done mark last.

    Args:
        members: Trials of one seed and fold, whose networks are alike.
        share: Part of the second one's weights.
        inputs: What both were trained on.
        target: Where to write.
        told: What else trial.json tells.
        progress: Shows how far it is.

    Raises:
        WeightsError: The pretrained weights of their frozen stages cannot be had.
        StudyFolderError: A member has no weights, or they are damaged.
    """
    like, weights = average_weights(members, share, len(inputs.classes))
    trial, source = like
    prefix = open_prefix(trial, inputs, progress)
    state = prefix.network.state_dict(keep_vars=True)
    copy_into({name: state[name] for name in weights}, weights)
    target.begin()
    write_checkpoint(target.weights, {"best": weights}, {"key": told["key"]})
    for name in inputs.also_test:
        write_predictions(target.also_test(name), second_predictions(inputs, name, lambda p: logits_of(prefix, p)))
    info = source.read_info()
    made = {"opened_as": trial.key, "share": share, "seed": trial.seed, "fold": trial.fold}
    target.write_info({key: info[key] for key in KEPT} | made | dict(told))
    target.finish(predictions_of(trial, inputs, lambda p: logits_of(prefix, p)), inputs.fingerprint)


def average_weights(members: Sequence[Member], share: float, classes: int) -> tuple[Member, dict[str, Tensor]]:
    """The mean weights of two networks, and the member as which they are opened: the one with fewer frozen stages.

    Both heads read features as they are: what standardised them is folded into each before it is kept. Running
    statistics of BatchNorm are averaged as weights are, as in the authors' own code; counters are the second one's.
    Auxiliary heads have no part in answers and are left out.

    Args:
        members: Finished trials of one seed and fold, whose networks are alike.
        share: Part of the second one's weights, 0 to 1.
        classes: How many.
    """
    networks = [load_network(trial, folder, classes) for trial, folder in members]
    phases = [
        phases_of(trial.recipe.strategy, network.backbone.stage_names)
        for (trial, _), network in zip(members, networks, strict=True)
    ]
    cuts, learned = zip(
        *((common_cut(*pair), set(learned_state(*pair))) for pair in zip(networks, phases, strict=True)), strict=True
    )
    first, second = (network.state_dict() for network in networks)
    averaged = {
        name: torch.lerp(first[name], tensor, share) if tensor.is_floating_point() else tensor
        for name, tensor in second.items()
        if name in set.union(*learned) and not name.startswith("auxiliary_heads.")
    }
    return members[cuts.index(min(cuts))], averaged
