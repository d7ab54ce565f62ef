"""The checkpoint of a trial: where it stands, and how it goes on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from torch import Tensor

from leafgraft.choices.schedulers.schedule import Plateau, Schedule
from leafgraft.errors import StudyFolderError
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.fit.checkpoint import read_checkpoint, write_checkpoint
from leafgraft.training.fit.early_stopping import TrainingState
from leafgraft.training.photos.inputs import TrialInputs

CHECKPOINT_FORMAT = 2  # what another one holds is not read: the trial starts anew
Parts = dict[str, dict[str, Tensor]]


def save_fit(
    folder: TrialFolder,
    parts: Mapping[str, Mapping[str, Tensor]],
    fit: TrainingState,
    schedule: Schedule | Plateau,
    fingerprint: str,
) -> None:
    """Write the checkpoint of a trial.

    Args:
        folder: Folder of the trial.
        parts: Tensors by part (``now``, ``best``, ``optimizer``) and name.
        fit: Where the trial stands.
        schedule: Factor on the rates, with what it has observed.
        fingerprint: Short hash of the photos, splits and weights that the trial learns from.

    Raises:
        StudyFolderError: The file cannot be written.
    """
    state: dict[str, Any] = {
        "format": CHECKPOINT_FORMAT,
        "fingerprint": fingerprint,
        "fit": asdict(fit),
        "schedule": schedule.state_dict(),
    }
    write_checkpoint(folder.checkpoint, parts, state)


def read_fit(
    trial: Trial, folder: TrialFolder, schedule: Schedule | Plateau, inputs: TrialInputs, progress: Progress
) -> tuple[TrainingState, Parts]:
    """Where the trial stands, and its tensors; at its beginning, and none, without a checkpoint of the same photos.

    A damaged checkpoint is said, and the trial starts anew.

    Args:
        trial: Trial that goes on.
        folder: Folder of the trial.
        schedule: Factor on the rates; it goes on from where it was, changed in place.
        inputs: What the trial learns from now.
        progress: Is told of a trial that goes on, and of a damaged checkpoint.
    """
    if not folder.checkpoint.is_file():
        return TrainingState(), {}
    try:
        parts, state = read_checkpoint(folder.checkpoint)
    except StudyFolderError as error:
        progress.say(f"{error.asked} {error.found} The trial starts anew.")
        return TrainingState(), {}
    fingerprints = {inputs.fingerprint, *inputs.earlier}
    if state.get("format") != CHECKPOINT_FORMAT or state.get("fingerprint") not in fingerprints:
        return TrainingState(), {}
    fit = TrainingState(**state["fit"])
    schedule.load_state_dict(state["schedule"])
    progress.note("trial goes on", stage="training", trial=trial.key, epoch=fit.epoch, seconds=fit.seconds)
    return fit, parts
