"""Train one trial, or go on with it, and write what it gave."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric

from leafgraft.choices.augmentations.build import build_augmentation
from leafgraft.choices.backbones.build import weights_identity
from leafgraft.choices.losses.build import build_loss
from leafgraft.choices.menu import phases as phases_of
from leafgraft.choices.schedulers.build import build_schedule
from leafgraft.errors import StudyFolderError
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.records.strategy import Phase
from leafgraft.storage.event_log import memory_bytes
from leafgraft.storage.predictions import write_predictions
from leafgraft.storage.study_folder import TrialFolder, write_csv
from leafgraft.training.checkpoint import copy_into, read_checkpoint, write_checkpoint
from leafgraft.training.feed import TrialFeed
from leafgraft.training.inputs import TrialInputs
from leafgraft.training.learning import common_cut, learned_state, optimizer_state, restore_optimizer
from leafgraft.training.loop import Fit, Loop
from leafgraft.training.network import Network, build_network
from leafgraft.training.optimum import fit_optimum
from leafgraft.training.predict import (
    gigaflops_per_photo,
    logits_of,
    milliseconds_per_photo,
    predictions_of,
    second_predictions,
)
from leafgraft.training.stage_cache import Prefix, prefix_identity

CHECKPOINT_EVERY_S = 2.0
CHECKPOINT_FORMAT = 1  # what another one holds is not read: the trial starts anew


def train_trial(trial: Trial, inputs: TrialInputs, folder: TrialFolder, progress: Progress) -> dict[str, Any]:
    """Train a trial, from its checkpoint if it has one, and write its folder; return what trial.json holds.

    Raises:
        TrainingError: The loss is not a number.
        WeightsError: The weights cannot be had or do not fit.
    """
    identity = weights_identity(trial.recipe.backbone, trial.recipe.weights, trial.seed)
    network = build_network(trial.recipe, len(inputs.classes), trial.seed)
    network = network.to(memory_format=torch.channels_last).to(inputs.device)
    phases = phases_of(trial.recipe.strategy, network.backbone.stage_names)
    prefix = Prefix(
        network,
        prefix_identity(trial.recipe.backbone, identity, trial.recipe.image_size),
        common_cut(network, phases),
        inputs.cache,
        progress,
    )
    loop = _make_loop(trial, inputs, network, phases, replace(prefix, cut=0))
    folder.begin()
    fit, best = _fit(trial, inputs, folder, loop, prefix)
    copy_into(learned_state(network, phases), best)
    network.eval()
    write_checkpoint(folder.weights, {"best": best}, {"key": trial.key})
    _write_history(folder, fit)
    for name in inputs.also_test:
        write_predictions(folder.also_test(name), second_predictions(inputs, name, lambda p: logits_of(prefix, p)))
    info = _describe(trial, inputs, network, phases, fit) | {"weights": trial.recipe.weights, "identity": identity}
    folder.write_info(info)
    folder.finish(predictions_of(trial, inputs, lambda p: logits_of(prefix, p)), inputs.fingerprint)
    folder.checkpoint.unlink(missing_ok=True)
    return info


def _make_loop(trial: Trial, inputs: TrialInputs, network: Network, phases: Sequence[Phase], prefix: Prefix) -> Loop:
    fold = inputs.fold(trial.fold)
    train = inputs.photos(fold.train)
    augmentation = build_augmentation(trial.recipe.augmentation)
    feed = TrialFeed(
        prefix=prefix,
        train=train,
        held_out=inputs.photos(fold.validation),
        augmentation=augmentation,
        choices=trial.recipe.augmentation,
        views=trial.training.views,
        seed=trial.seed,
    )
    counts = np.bincount(train.labels, minlength=len(inputs.classes))
    steps = max(1, -(-len(train) // trial.training.batch_size))
    return Loop(
        fabric=Fabric(
            accelerator=inputs.device, devices=1, precision="bf16-mixed" if inputs.device == "cuda" else "32-true"
        ),
        network=network,
        phases=phases,
        recipe=trial.recipe,
        training=trial.training,
        seed=trial.seed,
        loss=build_loss(trial.recipe.loss, counts),
        schedule=build_schedule(trial.recipe.scheduler, trial.training.epochs, steps),
        feed=feed,
    )


def _fit(
    trial: Trial, inputs: TrialInputs, folder: TrialFolder, loop: Loop, prefix: Prefix
) -> tuple[Fit, dict[str, torch.Tensor]]:
    """Train; also the tensors of the best epoch."""
    network, phases = loop.network, loop.phases
    fit, best = _resume(trial, folder, loop, inputs.fingerprint, prefix.progress)
    if fit.epoch == 0 and phases[0].head_optimum:
        _set_head_to_optimum(trial, inputs, prefix)
    title = f"{trial.recipe.name or trial.recipe.backbone.name}, seed {trial.seed}"
    saved_s = time.monotonic()
    with prefix.progress.task(title, trial.training.epochs) as advance:
        advance(fit.epoch)

        def after_epoch(now: Fit, improved: bool) -> None:  # noqa: FBT001 - the loop's own protocol
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


def _save(folder: TrialFolder, loop: Loop, fit: Fit, best: dict[str, torch.Tensor], fingerprint: str) -> None:
    if loop.optimizer is None:
        raise RuntimeError("there is nothing to save before the first epoch")
    parts = {
        "now": learned_state(loop.network, loop.phases),
        "best": best,
        "optimizer": optimizer_state(loop.network, loop.optimizer),
    }
    state = {
        "format": CHECKPOINT_FORMAT,
        "fingerprint": fingerprint,
        "fit": asdict(fit),
        "schedule": loop.schedule.state_dict(),
    }
    write_checkpoint(folder.checkpoint, parts, state)


def _resume(
    trial: Trial, folder: TrialFolder, loop: Loop, fingerprint: str, progress: Progress
) -> tuple[Fit, dict[str, torch.Tensor]]:
    """Go on from the checkpoint, if it is whole, and of the same photos, splits and weights."""
    if not folder.checkpoint.is_file():
        return Fit(), {}
    try:
        parts, state = read_checkpoint(folder.checkpoint)
    except StudyFolderError as error:
        progress.say(f"{error.asked} {error.found} The trial starts anew.")
        return Fit(), {}
    if (state.get("format"), state.get("fingerprint")) != (CHECKPOINT_FORMAT, fingerprint):
        return Fit(), {}
    fit = Fit(**state["fit"])
    copy_into(learned_state(loop.network, loop.phases), parts["now"])
    loop.enter_phase(fit.epoch - 1)
    if loop.optimizer is not None:
        restore_optimizer(loop.network, loop.optimizer, parts.get("optimizer", {}))
    loop.schedule.load_state_dict(state["schedule"])
    progress.note("trial goes on", stage="training", trial=trial.key, epoch=fit.epoch, seconds=fit.seconds)
    return fit, parts["best"]


def _set_head_to_optimum(trial: Trial, inputs: TrialInputs, prefix: Prefix) -> None:
    """Fit the linear head to its convex optimum on the features of the untouched backbone."""
    whole = replace(prefix, cut=len(prefix.network.backbone.stage_names))
    fold = inputs.fold(trial.fold)
    rows = [inputs.photos(ids) for ids in (fold.train, fold.validation)]
    features = [whole.plain(photos).whole() for photos in rows]
    optimum = fit_optimum((features[0], rows[0].labels), (features[1], rows[1].labels), len(inputs.classes))
    state = {"weight": torch.from_numpy(optimum.weight), "bias": torch.from_numpy(optimum.bias)}
    copy_into(prefix.network.head.state_dict(keep_vars=True), state)


def _write_history(folder: TrialFolder, fit: Fit) -> None:
    columns = list(fit.history[0])
    write_csv(folder.history, columns, [[row[column] for column in columns] for row in fit.history])


def _describe(trial: Trial, inputs: TrialInputs, network: Network, phases: Sequence[Phase], fit: Fit) -> dict[str, Any]:
    parameters = sum(parameter.numel() for parameter in network.parameters())
    served = sum(tensor.numel() for name, tensor in network.state_dict().items() if "auxiliary" not in name)
    return {
        "key": trial.key,
        "name": trial.recipe.name,
        "recipe": asdict(trial.recipe),
        "training": asdict(trial.training),
        "seed": trial.seed,
        "fold": trial.fold,
        "stages": list(network.backbone.stage_names),
        "auxiliary_taps": [tap.stage for tap in network.backbone.auxiliary_taps] if trial.recipe.auxiliary else [],
        "phases": [asdict(phase) for phase in phases],
        "epochs": fit.epoch,
        "best_epoch": fit.best_epoch,
        "best_validation_loss": fit.best_loss,
        "stopped": fit.stopped,
        "train_seconds": round(fit.seconds, 2),
        "milliseconds_per_photo": milliseconds_per_photo(network, trial.recipe.image_size, inputs.device),
        "gigaflops": gigaflops_per_photo(network, trial.recipe.image_size, inputs.device),
        "megabytes": round(served * 4 / 1e6, 2),
        "parameters": parameters,
        "device": inputs.device,
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
        "photos": {part: len(getattr(inputs.fold(trial.fold), part)) for part in ("train", "validation", "test")},
    }
