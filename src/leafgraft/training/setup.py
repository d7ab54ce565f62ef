"""The training loop of a trial, before its first epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leafgraft.choices.heads.optimum import best_head
from leafgraft.choices.menu import phases as phases_of
from leafgraft.records.recipe import Trial
from leafgraft.training.distributed.process_group import Team
from leafgraft.training.distributed.sync_batch_norm import share_layers
from leafgraft.training.fit.loop import Loop
from leafgraft.training.fit.open_parts import open_feed, open_loss
from leafgraft.training.frozen.prefix import Prefix
from leafgraft.training.heads.solved import fold_features, set_head
from leafgraft.training.heads.standardising import is_standardised, measure_features, standardise
from leafgraft.training.photos.inputs import TrialInputs

if TYPE_CHECKING:
    from lightning.fabric import Fabric  # loaded where something is trained beyond heads on kept features


def make_loop(trial: Trial, inputs: TrialInputs, prefix: Prefix, fabric: Fabric) -> Loop:
    """The loop of a trial, with the network of its prefix."""
    team = Team(fabric)
    if team.size > 1:
        share_layers(prefix.network, team)
    phases = phases_of(trial.recipe.strategy, prefix.network.backbone.stage_names)
    standardisation = measure_features(trial, inputs, prefix) if is_standardised(phases) else None
    if standardisation:
        standardise(prefix.network, standardisation, inputs.device)
    feed = open_feed(trial, inputs, prefix)
    loss, schedule = open_loss(trial, feed)
    return Loop(
        team=team,
        network=prefix.network,
        phases=phases,
        recipe=trial.recipe,
        training=trial.training,
        seed=trial.seed,
        loss=loss,
        schedule=schedule,
        feed=feed,
        standardisation=standardisation,
    )


def set_head_to_optimum(trial: Trial, inputs: TrialInputs, prefix: Prefix) -> None:
    """Set the linear head to its optimum on the features of the untouched backbone.

    Raises:
        ConvergenceError: It is not reached.
    """
    train, validation = fold_features(trial, inputs, prefix)
    set_head(prefix.network, best_head(train, validation, len(inputs.classes), counts=inputs.counts(trial)))
