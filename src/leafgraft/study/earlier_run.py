"""What an earlier run left in the study folder, and how a run takes it up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.records.command import typed
from leafgraft.records.digest import short_digest
from leafgraft.records.display import counted, first_of, second_folders
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.records.study import PRESETS
from leafgraft.storage.study_folder import FIELD, StudyFolder

MOST_NAMED = 3
# What files without checksums raise when they were changed by hand: keys that lack, values of another kind.
ILL_FITTING = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, StopIteration)
FIGURES = "figures_of"  # hash of all photos, those of second folders too; made_of is of the trained ones alone
OPENED = "opened.json"  # cannot be made anew: the log holds the same, and is asked where it is damaged


def command_again(folder: StudyFolder, corrections: str, otherwise: str = "") -> str:
    """The command that goes on with a run, word by word.

    Args:
        folder: Folder of the study.
        corrections: File of corrections that the run takes, or empty.
        otherwise: Photos or study file where an earlier version did not note what it was asked for.

    Returns:
        The command; empty where nothing says what to run.
    """
    run = folder.read_json("run.json")
    asked, preset = run.get("asked", otherwise), run.get("preset", PRESETS[0])
    more = {"preset": preset if preset != PRESETS[0] else "", "corrections": corrections}
    return typed("run", asked, out=folder.path, **more) if asked else ""


def identity_of(plan: Mapping[str, Any]) -> str:
    """Short hash of which trials a plan.json names, and how their recipes are called."""
    named = [[one["key"], one["recipe"]] for one in plan["trials"]]
    return short_digest(json.dumps(named), 16)


def is_judged(folder: StudyFolder) -> bool:
    """Whether evaluation.json is there, and of plan.json, photos, labels and parts as they are now.

    Photos of second folders are among them. A run may have been stopped, or told to stop, after it had looked at
    other ones. Earlier versions did not say of which plan and photos they were; second folders are then unknown.
    """
    if not folder.has("evaluation.json"):
        return False
    plan, run = folder.read_json("plan.json"), folder.read_json("run.json") if folder.has("run.json") else {}
    if any(key in plan and plan[key] != run.get(key, plan[key]) for key in ("made_of", FIGURES)):
        return False
    evaluation = folder.read_json("evaluation.json")
    if evaluation.get("plan") not in {None, identity_of(plan)}:
        return False
    if FIGURES in evaluation or FIGURES not in plan:
        return bool(evaluation.get(FIGURES) == plan.get(FIGURES))
    return not second_folders(evaluation.get("recipes", ())) and bool(plan[FIGURES] == plan["made_of"])


def check_opened(folder: StudyFolder) -> None:
    """Keep test labels closed until the evaluation: whoever saw figures of some trials may choose the next by them.

    Raises:
        UsageError: They are still closed.
    """
    if not any(map(folder.has, (OPENED, "evaluation.json"))):  # the first versions wrote the latter alone
        raise UsageError(
            f"The test labels of '{folder.path}' must have been opened by its run.",
            "They are still closed: no run has come to the evaluation.",
            "Run the study to --until evaluation, or further: what was planned by then is compared without a mark.",
        )


def trials_of_verdict(
    trained: Mapping[str, str], evaluation: Mapping[str, Any], verdict: Mapping[str, Any]
) -> list[str]:
    """Keys of every trial of the recommended recipe, whether it was trained or made of others.

    Args:
        trained: Recipe of each finished trial by its key.
        evaluation: evaluation.json, which names what was made of them; in earlier versions it does not, and such a
            recipe has its chosen trial alone.
        verdict: verdict.json.
    """
    named = {**trained, **evaluation.get("derived", {})}
    return [key for key, recipe in named.items() if recipe == verdict["recipe"]] or [verdict["trial"]]


@contextmanager
def judged(folder: StudyFolder, *ill_fitting: type[Exception], to_read: bool = False) -> Iterator[None]:
    """Hold a study that was evaluated as it is now, while something is made of its files.

    Args:
        folder: Folder of the study.
        *ill_fitting: What else is raised where files do not fit together.
        to_read: Whether nothing is written into the folder, so that one may be read that cannot be written.

    Raises:
        StudyFolderError: A file is missing, damaged or changed by hand, a run holds the folder, or one was stopped
            between its plan and its evaluation.
    """
    caught: tuple[type[Exception], ...] = (*ILL_FITTING, *ill_fitting)
    folder.read_json("evaluation.json")  # a folder of something else is left as it is
    with folder.lock_to_read() if to_read else folder.lock():
        try:
            if not is_judged(folder):
                raise StudyFolderError(
                    f"The evaluation of '{folder.path}' must be of the study as it is now.",
                    "The study has changed since, and its run was stopped before it could evaluate.",
                    "Run the study again: it goes on where it was stopped.",
                )
            yield
        except caught as error:
            raise StudyFolderError(
                f"The files of '{folder.path}' must be as a run wrote them.",
                f"They do not fit together: {type(error).__name__} {' '.join(str(error).split())[:200]}.",
                "Run the study again: it writes them anew.",
            ) from error


def take_up_trials(trials: Sequence[Trial], folder: StudyFolder, progress: Progress) -> None:
    """Give trials of an earlier version, whose keys did not say which photos, the keys that they have now."""
    found = [
        (folder.trial(trial.earlier_key), folder.trial(trial.key))
        for trial in trials
        if folder.trial(trial.earlier_key).path.is_dir() and not folder.trial(trial.key).path.exists()
    ]
    for before, now in found:
        before.path.rename(now.path)
    if found:
        what = counted(len(found), "trial of an earlier version is", "trials of an earlier version are")
        progress.say(f"{what} taken up: the folders have other names now.")


def find_stale(trials: Sequence[Trial], photos: str, folder: StudyFolder) -> tuple[str, ...]:
    """Keys of trials that lie in the folder and were trained before labels or groups were corrected.

    Args:
        trials: All that the study needs now.
        photos: Short hash of the photos, labels and groups as they are now.
        folder: With the plan of before, if there is one.
    """
    if not folder.has("plan.json"):
        return ()
    plan, needed = folder.read_json("plan.json"), {trial.key for trial in trials}
    changed = plan.get("photos", photos) != photos
    before = [*plan.get("stale", ()), *((one["key"] for one in plan["trials"]) if changed else ())]
    return tuple(key for key in dict.fromkeys(before) if key not in needed and folder.trial(key).has_mark())


def say_stale(
    stale: Sequence[str], trials: Sequence[Trial], folder: StudyFolder, progress: Progress, planned: Mapping[str, Any]
) -> None:
    """Say which trials are of labels, groups or a split of before, while others are still to be trained.

    Args:
        stale: Their keys.
        trials: All that the study needs now.
        folder: With the plan of before.
        progress: Told.
        planned: The plan of now: its photos, and a short hash of the test photos of each fold.
    """
    if stale and not all(folder.trial(trial.key).has_mark() for trial in trials):
        what = counted(len(stale), "trial is stale", "trials are stale")
        why = "trained before labels, photos, their names or groups were changed. The study's trials are trained anew"
        plan, tested = folder.read_json("plan.json"), planned["tested"]
        before = plan.get("tested", tested)
        if plan.get("photos") != planned["photos"] and len(before) >= len(tested) and before != tested:
            why = "the split is another one: other photos are test photos. The study's trials are trained anew"
        progress.say(f"{what}: {first_of(stale, MOST_NAMED)}; {why}.")


def take_up(folder: StudyFolder, progress: Progress) -> None:
    """Put in order what a killed run left, and name every file that was damaged since it was written.

    Damaged files are deleted, as the run makes them anew; those of the field stay, as it cannot.

    Raises:
        StudyFolderError: The folder cannot be written.
    """
    folder.sweep()
    if folder.events.mend():
        progress.say("The last line of log.jsonl was half-written; it is cut off.")
    for name in folder.damaged():
        of_field = name.startswith(FIELD)
        what = "A run cannot make it anew: put a copy of it there." if of_field else "It is made anew."
        progress.say(f"'{folder.file(name)}' is damaged: its checksum differs. {what}")
        folder.log("damaged", file=name)
        if name != OPENED and not of_field:
            folder.remove(name)
