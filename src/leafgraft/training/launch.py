"""Run all trials of a study: skip those that are done, go on with the one that was cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from leafgraft.errors import TrainingError, UsageError
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.training.inputs import TrialInputs
from leafgraft.training.trial import train_trial

OUT_OF_MEMORY = "A step must fit into memory. It does not. Lower batch_size or image_size."


def choose_device(asked: str) -> str:
    """``auto`` takes a GPU where there is one.

    Raises:
        UsageError: The device asked for is not there.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if asked == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there.get(asked, False):
        known = ", ".join(name for name, present in there.items() if present)
        raise UsageError(f"--device {asked} must be there.", f"This machine has {known}.", f"Choose auto or {known}.")
    return asked


def run_trials(
    trials: Sequence[Trial], inputs_of: Callable[[Trial], TrialInputs], folder: StudyFolder, progress: Progress
) -> dict[str, str]:
    """Train every trial that is not done; one line for each that ends.

    A trial that cannot be trained does not stop the others.

    Returns:
        Reason by key for every trial that failed.
    """
    failed: dict[str, str] = {}
    with progress.task("Trials", len(trials)) as advance:
        for trial in trials:
            inputs, target = inputs_of(trial), folder.trial(trial.key)
            if not target.is_done(inputs.fingerprint, progress.say):
                try:
                    info = train_trial(trial, inputs, target, progress)
                except (TrainingError, torch.OutOfMemoryError) as error:
                    reason = str(error) if isinstance(error, TrainingError) else OUT_OF_MEMORY
                    failed[trial.key] = reason
                    folder.log("trial failed", stage="training", trial=trial.key, reason=reason)
                    progress.say(f"{trial.recipe.name}, seed {trial.seed}: failed. {reason}")
                else:
                    folder.log(
                        "trial done",
                        stage="training",
                        trial=trial.key,
                        epoch=info["epochs"],
                        seconds=info["train_seconds"],
                    )
                    progress.say(_line(trial, info, target.history.read_text(encoding="utf-8")))
            advance(1)
    return failed


def _line(trial: Trial, info: dict[str, object], history: str) -> str:
    """What a person wants to know of a finished trial."""
    rows = history.strip().splitlines()
    columns = rows[0].split(",")
    best = dict(zip(columns, rows[1 + int(str(info["best_epoch"]))].split(","), strict=True))
    fold = f", fold {trial.fold}" if trial.fold else ""
    accuracy = 100 * float(best["validation_accuracy"])
    return (
        f"{trial.recipe.name}, seed {trial.seed}{fold}: validation {accuracy:.1f}%, "
        f"{info['epochs']} epochs, {info['train_seconds']} s"
    )
