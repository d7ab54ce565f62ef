"""Frozen features are standardised while a head learns from them; the head that is kept is one for plain features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch import nn

from leafgraft.choices.heads.standardisation import Standardisation, standardisation_of
from leafgraft.choices.heads.standardise import Standardise, first_linear, fold
from leafgraft.records.recipe import Trial
from leafgraft.records.strategy import Phase
from leafgraft.training.frozen.prefix import Prefix
from leafgraft.training.network import Network
from leafgraft.training.photos.inputs import TrialInputs


def is_standardised(phases: Sequence[Phase]) -> bool:
    """Whether a trial begins with a head that is trained on frozen features.

    Stages that learn later find the same layer before the head: the network's answers do not jump.
    """
    return not phases[0].learning and not phases[0].head_optimum


def measure_features(trial: Trial, inputs: TrialInputs, prefix: Prefix) -> Standardisation:
    """Mean and deviation of the features of the plain training photos of a trial's fold."""
    whole = replace(prefix, cut=len(prefix.network.backbone.stage_names))
    return standardisation_of(whole.plain(inputs.photos(inputs.fold(trial.fold).train)).whole())


def standardise(network: Network, found: Standardisation, device: str) -> None:
    """Standardise what the head reads: in its own layer, if it has one, else before it."""
    layer = None if first_linear(network.head) else network.head.get_submodule("0")
    if not isinstance(layer, Standardise):
        layer = network.standardise = Standardise(len(found.mean)).to(device)
    layer.set(found)


def fold_standardisation(network: Network, found: Standardisation) -> None:
    """Make the head one for features as they are."""
    if first_linear(network.head):
        fold(network.head, found)
        network.standardise = nn.Identity()
