"""Which trial leaves for the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.evaluation.metrics import validation_loss
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import StudyFolder

AVERAGED = (
    "Its weights are the mean of those of two trained networks; strategy and epochs are told of the one that learned "
    "more."
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The trial to export.

    Attributes:
        trial: A trained trial, or a network with the mean weights of two.
        why: How it was chosen, one sentence.
        named: Whether it, or what it stands for, was named, and is not of the verdict.
    """

    trial: Trial
    why: str
    named: bool


def choose_trial(planned: Sequence[Trial], folder: StudyFolder, key: str = "") -> Chosen:
    """The trial of the verdict, or the one that is named.

    A derived trial is often several passes of one or more networks (an ensemble, test-time augmentation); one graph
    for a phone holds one. It is stood for by the member with the lowest log loss on validation photos. Averaged weights
    are one network, which leaves as it is.

    Args:
        planned: All trials of the study.
        folder: Folder of the study.
        key: Key of a trial; empty for the verdict's.

    Raises:
        UsageError: There is no such trial.
        StudyFolderError: There is no verdict yet, or a file is missing.
    """
    trials = {trial.key: trial for trial in planned}
    asked = key or str(folder.read_json("verdict.json")["trial"])
    named = "named with --trial" if key else "the verdict of the study, chosen on validation photos"
    if found := find_trial(planned, folder, asked):
        why = f"It is {named}."
        return Chosen(found, f"{why} {AVERAGED}" if found.averaged else why, bool(key))
    if not key or (folder.trial(key).path / "trial.json").is_file():
        info = folder.trial(asked).read_info()
        members = [one for one in info.get("derived_from", ()) if one in trials]
        if members:
            best = min(members, key=lambda one: validation_loss(folder.trial(one).read_predictions()))
            why = (
                f"It stands for '{_name_of(folder, asked)}', {named}: one graph holds one network, so the member with "
                "the lowest log loss on validation photos was taken. All figures here are its own."
            )
            return Chosen(trials[best], why, bool(key))
    if key:
        known = ", ".join(trials)
        raise UsageError("--trial must name a trial of the study.", f"'{key}' is none.", f"There are: {known}.")
    raise StudyFolderError(
        f"The verdict of '{folder.path}' must name a trial of its study.",
        f"It names '{asked}', which resolved.yaml does not lead to.",
        "Run the study again.",
    )


def find_trial(planned: Sequence[Trial], folder: StudyFolder, key: str) -> Trial | None:
    """The planned trial of that key, or the network made of two of them by averaging weights; None for any other."""
    trials = {trial.key: trial for trial in planned}
    if key in trials or not (folder.trial(key).path / "trial.json").is_file():
        return trials.get(key)
    info = folder.trial(key).read_info()
    like = trials.get(info.get("opened_as", ""))
    return replace(like, recipe=replace(like.recipe, name=info["name"]), averaged=key) if like else None


def _name_of(folder: StudyFolder, key: str) -> str:
    """How the verdict calls a derived trial; its key if the verdict is of another."""
    verdict = folder.read_json("verdict.json") if folder.has("verdict.json") else {}
    return str(verdict["recipe"]) if verdict.get("trial") == key else key
