"""Trials of the strategy `probe`: the head is solved for, once for all seeds, and nothing is trained."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from leafgraft.choices.heads.optimum import LinearHead, best_head, log_loss
from leafgraft.choices.menu import phases as phases_of
from leafgraft.errors import ConvergenceError
from leafgraft.records.recipe import Trial
from leafgraft.storage.files.event_log import memory_bytes
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.fit.checkpoint import copy_into
from leafgraft.training.fit.early_stopping import Row, TrainingState
from leafgraft.training.fit.finish import finish_trial, measure_costs
from leafgraft.training.frozen.prefix import Prefix
from leafgraft.training.network import Network
from leafgraft.training.photos.inputs import TrialInputs

AT_OPTIMUM = "the head is at its optimum"
Part = tuple[NDArray[np.float32], NDArray[np.int64]]


def solve_heads(
    trials: Sequence[Trial], inputs: TrialInputs, folders: Mapping[str, TrialFolder], prefix: Prefix
) -> Iterator[tuple[Trial, dict[str, Any] | ConvergenceError]]:
    """Solve for the head of trials that differ in nothing but their seeds, and write their folders.

    Args:
        trials: For which `head_group` is the same.
        inputs: What they are made from.
        folders: By key of the trial.
        prefix: The whole frozen network.

    Yields:
        Each trial with what trial.json holds, or why its head cannot be solved for.
    """
    first = trials[0]
    for trial in trials:
        folders[trial.key].begin()
    title = f"{first.recipe.name or first.recipe.backbone.name}: solve for the head"
    with prefix.progress.task(title, 1) as advance:
        train, validation = fold_features(first, inputs, prefix)
        started_s = time.perf_counter()
        try:
            head = best_head(train, validation, len(inputs.classes), counts=inputs.counts(first))
        except ConvergenceError as error:
            for trial in trials:
                yield trial, error
            return
        set_head(prefix.network, head)
        share_s = (time.perf_counter() - started_s) / len(trials)
        advance(1)
    costs = measure_costs(prefix, inputs.device)
    figures = {**_figures(head, "train", train), **_figures(head, "validation", validation)}
    figures |= {"learning_rate": 0.0, "rates": "", "seconds": share_s}
    phases = phases_of(first.recipe.strategy, prefix.network.backbone.stage_names)
    for trial in trials:
        fit = _solved(figures)
        told = {"stage": "training", "trial": trial.key, "seed": trial.seed, "memory": memory_bytes()}
        prefix.progress.note("epoch", **told, **fit.history[0])
        solved = {"inverse_penalty": head.inverse_penalty}
        yield trial, finish_trial(trial, inputs, folders[trial.key], (prefix, fit, phases), costs, solved)


def fold_features(trial: Trial, inputs: TrialInputs, prefix: Prefix) -> tuple[Part, Part]:
    """Features and labels of the plain photos to fit on, and of those to choose the penalty on."""
    whole = replace(prefix, cut=len(prefix.network.backbone.stage_names))
    fold = inputs.fold(trial.fold)
    train, validation = (inputs.photos(ids) for ids in (fold.train, fold.validation))
    return (whole.plain(train).whole(), train.labels), (whole.plain(validation).whole(), validation.labels)


def set_head(network: Network, head: LinearHead) -> None:
    """Copy a head, for features as they are, into the linear one of a network."""
    state = {"weight": torch.from_numpy(head.weight), "bias": torch.from_numpy(head.bias)}
    copy_into(network.head.state_dict(keep_vars=True), state)


def _figures(head: LinearHead, name: str, part: Part) -> Row:
    features, labels = part
    accuracy = float((head.predict(features) == labels).mean())
    return {f"{name}_loss": log_loss(head, features, labels), f"{name}_accuracy": accuracy}


def _solved(figures: Row) -> TrainingState:
    """One row of history, and no epochs."""
    row = {"epoch": 0, **figures, "learning": "head", "seconds": round(figures["seconds"], 3)}
    return TrainingState(0, [row], 0, figures["validation_loss"], stopped=AT_OPTIMUM, seconds=figures["seconds"])
