"""Which trial leaves for the field."""

from __future__ import annotations

from dataclasses import dataclass

from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.evaluation.metrics import validation_loss
from leafgraft.records.recipe import Trial
from leafgraft.records.study import Study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.trials import list_trials, resolve_recipes


@dataclass(frozen=True, slots=True)
class Chosen:
    """The trial to export.

    Attributes:
        trial: A trained trial.
        why: How it was chosen, one sentence.
    """

    trial: Trial
    why: str


def choose_trial(study: Study, folder: StudyFolder, folds: int, key: str = "") -> Chosen:
    """The trial of the verdict, or the one that is named.

    A derived trial (an ensemble, test-time augmentation) is several passes of one or more networks; one graph for a
    phone holds one. It is stood for by the member with the lowest log loss on validation photos.

    Args:
        study: As resolved.yaml holds it.
        folder: Its folder.
        folds: Of its split.
        key: Of a trial; empty for the verdict's.

    Raises:
        UsageError: There is no such trial.
        StudyFolderError: There is no verdict yet, or a file is missing.
    """
    trials = {trial.key: trial for trial in list_trials(study, resolve_recipes(study), folds)}
    asked = key or str(folder.read_json("verdict.json")["trial"])
    named = "named with --trial" if key else "the verdict of the study, chosen on validation photos"
    if asked in trials:
        return Chosen(trials[asked], f"It is {named}.")
    if not key or (folder.trial(key).path / "trial.json").is_file():
        info = folder.trial(asked).read_info()
        members = [one for one in info.get("derived_from", ()) if one in trials]
        if members:
            best = min(members, key=lambda one: validation_loss(folder.trial(one).read_predictions()))
            why = (
                f"It stands for '{info['name']}', {named}: one graph holds one network, so the member with the lowest "
                "log loss on validation photos was taken. All figures here are its own."
            )
            return Chosen(trials[best], why)
    if key:
        known = ", ".join(trials)
        raise UsageError("--trial must name a trial of the study.", f"'{key}' is none.", f"There are: {known}.")
    raise StudyFolderError(
        f"The verdict of '{folder.path}' must name a trial of its study.",
        f"It names '{asked}', which resolved.yaml does not lead to.",
        "Run the study again.",
    )
