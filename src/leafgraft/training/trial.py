"""Train one trial, or go on with it, and write what it gave."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from leafgraft.errors import TrainingError
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.files.event_log import memory_bytes
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.distributed.launch import open_fabric
from leafgraft.training.fit.checkpoint import copy_into
from leafgraft.training.fit.early_stopping import TrainingState
from leafgraft.training.fit.finish import finish_trial, measure_costs
from leafgraft.training.fit.loop import Loop
from leafgraft.training.fit.open_parts import open_prefix
from leafgraft.training.fit.saved_state import read_fit, save_fit
from leafgraft.training.frozen.prefix import Prefix
from leafgraft.training.heads.head_trials import Outcome, heads_alone, train_heads
from leafgraft.training.heads.solved import solve_heads
from leafgraft.training.heads.standardising import fold_standardisation
from leafgraft.training.phases import learned_state, optimizer_state, restore_optimizer
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.setup import make_loop, set_head_to_optimum

CHECKPOINT_EVERY_S = 2.0


def train_trial(trial: Trial, inputs: TrialInputs, folder: TrialFolder, progress: Progress) -> dict[str, Any]:
    """Train a trial, from its checkpoint if it has one, and write its folder; return what trial.json holds.

    Raises:
        TrainingError: The loss is not a number.
        WeightsError: The weights cannot be had or do not fit.
    """
    ((_, outcome),) = train_trials([trial], inputs, {trial.key: folder}, progress)
    if isinstance(outcome, TrainingError):
        raise outcome
    return outcome


def train_trials(
    trials: Sequence[Trial], inputs: TrialInputs, folders: Mapping[str, TrialFolder], progress: Progress
) -> Iterator[tuple[Trial, Outcome]]:
    """Train a trial, or several for which `head_group` is the same: together, if that can be.

    Args:
        trials: To train.
        inputs: What they are trained on.
        folders: By key of the trial.
        progress: Shows how far they are.

    Yields:
        Each trial as soon as it ends, with what trial.json holds, or why it cannot be trained.

    Raises:
        WeightsError: The weights cannot be had or do not fit.
    """
    prefix = open_prefix(trials[0], inputs, progress)
    if trials[0].recipe.solved:
        yield from solve_heads(trials, inputs, folders, prefix)
        return
    if heads_alone(trials[0], prefix):
        yield from train_heads(trials, inputs, folders, prefix)
        return
    for trial in trials:
        if trial is not trials[0]:
            prefix = open_prefix(trial, inputs, progress)
        try:
            yield trial, _train_by_the_loop(trial, inputs, folders[trial.key], prefix)
        except TrainingError as error:
            yield trial, error


def _train_by_the_loop(trial: Trial, inputs: TrialInputs, folder: TrialFolder, prefix: Prefix) -> dict[str, Any]:
    folder.begin()
    with open_fabric(trial, inputs, folder, train_trial) as fabric:
        loop = make_loop(trial, inputs, prefix, fabric)
        fit, best = _fit(trial, inputs, folder, loop, prefix)
        if not loop.team.leads:
            return {}
    copy_into(learned_state(prefix.network, loop.phases), best)
    if loop.standardisation:
        fold_standardisation(prefix.network, loop.standardisation)
    return finish_trial(trial, inputs, folder, (prefix, fit, loop.phases), measure_costs(prefix, inputs.device))


def _fit(
    trial: Trial, inputs: TrialInputs, folder: TrialFolder, loop: Loop, prefix: Prefix
) -> tuple[TrainingState, dict[str, torch.Tensor]]:
    """Train; also the tensors of the best epoch."""
    network, phases = loop.network, loop.phases
    fit, best = _resume(trial, folder, loop, inputs, prefix.progress)
    if fit.epoch == 0 and phases[0].head_optimum:
        set_head_to_optimum(trial, inputs, prefix)
    title = f"{trial.recipe.name or trial.recipe.backbone.name}, seed {trial.seed}"
    saved_s = time.monotonic()
    with prefix.progress.task(title, trial.training.epochs) as advance:
        advance(fit.epoch)

        def after_epoch(now: TrainingState, improved: bool) -> None:  # noqa: FBT001 - the loop's own protocol
            nonlocal saved_s
            if improved:
                best.update({name: t.detach().clone() for name, t in learned_state(network, phases).items()})
            if time.monotonic() - saved_s >= CHECKPOINT_EVERY_S:
                _save(folder, loop, now, best, inputs.fingerprint)
                saved_s = time.monotonic()
            told = {"stage": "training", "trial": trial.key, "seed": trial.seed, "memory": memory_bytes()}
            prefix.progress.note("epoch", **told, **now.history[-1])
            advance(1)

        loop.run(fit, after_epoch)
    return fit, best


def _save(folder: TrialFolder, loop: Loop, fit: TrainingState, best: dict[str, torch.Tensor], fingerprint: str) -> None:
    if loop.optimizer is None:
        raise RuntimeError("there is nothing to save before the first epoch")
    parts = {
        "now": learned_state(loop.network, loop.phases),
        "best": best,
        "optimizer": optimizer_state(loop.network, loop.optimizer),
    }
    save_fit(folder, parts, fit, loop.schedule, fingerprint)


def _resume(
    trial: Trial, folder: TrialFolder, loop: Loop, inputs: TrialInputs, progress: Progress
) -> tuple[TrainingState, dict[str, torch.Tensor]]:
    """Go on from the checkpoint, if it is whole, and of the same photos, splits and weights."""
    fit, parts = read_fit(trial, folder, loop.schedule, inputs, progress)
    if not parts:
        return fit, {}
    copy_into(learned_state(loop.network, loop.phases), parts["now"])
    loop.enter_phase(fit.epoch - 1)
    if loop.optimizer is not None:
        restore_optimizer(loop.network, loop.optimizer, parts.get("optimizer", {}))
    return fit, parts["best"]
