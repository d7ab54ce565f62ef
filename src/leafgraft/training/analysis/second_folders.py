"""Answers of finished trials to second folders that are new, or hold other photos than before: nothing is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leafgraft.records.display import counted
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.predictions import Predictions
from leafgraft.storage.study_folder import StudyFolder, TrialFolder
from leafgraft.training.fit.open_parts import open_prefix
from leafgraft.training.fit.predict import load_best, logits_of, second_predictions
from leafgraft.training.photos.inputs import TrialInputs


def answer_second_folders(
    trials: Sequence[Trial], known: Mapping[str, TrialInputs], folder: StudyFolder, progress: Progress
) -> None:
    """Bring the answers of finished trials to second folders up to date; weights and all other answers stay.

    Args:
        trials: Finished.
        known: What they were trained on, and the second folders as they are now, by key.
        folder: Folder of the study.
        progress: Shows how far it is.

    Raises:
        WeightsError: The pretrained weights of frozen stages cannot be had.
        StudyFolderError: A folder cannot be written.
    """
    behind = []
    for trial in trials:
        inputs, own = known[trial.key], folder.trial(trial.key)
        if not own.is_up_to_date(inputs.fingerprint, inputs.answered):
            behind.append((trial, own.unanswered(inputs.answered)))
    if count := sum(bool(names) for _, names in behind):
        what = counted(count, "finished trial")
        progress.say(f"New or changed second folders: {what} to answer them. Nothing is trained for that.")
    with progress.task("Second folders", len(behind)) as advance:
        for trial, names in behind:
            inputs, own = known[trial.key], folder.trial(trial.key)
            own.answer(inputs.fingerprint, inputs.answered, answers_of(trial, inputs, own, names, progress))
            progress.note("trial done", trial=trial.key)
            advance(1)


def answers_of(
    trial: Trial, inputs: TrialInputs, folder: TrialFolder, names: Sequence[str], progress: Progress
) -> dict[str, Predictions]:
    """What the network in the folder of a finished trial says of second folders, as it would have after training.

    Args:
        trial: That the network is opened as.
        inputs: The second folders.
        folder: Holds the weights.
        names: Names of the second folders.
        progress: Shows work that is shared, such as features.
    """
    if not names:
        return {}
    prefix = open_prefix(trial, inputs, progress)
    load_best(prefix.network, folder.weights)
    return {name: second_predictions(inputs, name, lambda photos: logits_of(prefix, photos)) for name in names}
