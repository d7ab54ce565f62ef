"""Study folders that are compared: what their recipes are called, and which of their trials count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leafgraft.data.read.manifest import read_manifest
from leafgraft.errors import UsageError
from leafgraft.evaluation.predictions.named_files import PredictionsFile
from leafgraft.records.display import counted, second_folders
from leafgraft.records.finding import seen_in_training
from leafgraft.records.photo import Photo
from leafgraft.records.recipe import SOLVED
from leafgraft.records.split import splits_from_json
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import check_opened, is_judged


def names_before(folders: Sequence[Path]) -> dict[Path, str]:
    """What stands before the names of a study's recipes, by its folder: nothing of one, else the folder's name."""
    written = {path.resolve(): path for path in folders}
    names = [path.name for path in written]
    whole = {path: str(given) if names.count(path.name) > 1 else path.name for path, given in written.items()}
    return {path: f"{name}: " if len(whole) > 1 else "" for path, name in whole.items()}


def open_studies(paths: Sequence[Path], names: Mapping[Path, str]) -> dict[str, StudyFolder]:
    """Study folders by what stands before the names of their recipes.

    Args:
        paths: Study folders.
        names: What stands before the names of a study's recipes, by its folder, as `names_before` gives it.

    Raises:
        UsageError: One is named twice.
        StudyFolderError: One has no plan, or a damaged one.
    """
    if len({path.resolve() for path in paths}) < len(paths):
        named = ", ".join(str(path) for path in paths)
        raise UsageError("Each study must be named once.", f"Named were {named}.", "Name different folders.")
    studies = {names[path.resolve()]: StudyFolder(path) for path in paths}
    for study in studies.values():
        study.read_json("plan.json")
    return studies


def judged_recipes(studies: Mapping[str, StudyFolder]) -> dict[str, dict[str, Any]]:
    """What studies found of their recipes, beside their answers, by the names that these have here."""
    return {
        before + one["name"]: {**one, "derived_from": [before + name for name in one.get("derived_from", ())]}
        for before, study in studies.items()
        if is_judged(study)
        for one in study.read_json("evaluation.json")["recipes"]
    }


def solved_recipes(names: Mapping[Path, str]) -> set[str]:
    """Names of the recipes whose head is solved for, as plans have them; those of early versions do not tell.

    Args:
        names: What stands before the names of a study's recipes, by its folder.
    """
    return {
        before + one["recipe"]
        for path, before in names.items()
        for one in StudyFolder(path).read_json("plan.json")["trials"]
        if one.get("choices", {}).get("strategy", {}).get("name") == SOLVED
    }


def floors_of(folder: StudyFolder) -> dict[str, dict[str, Any]]:
    """Floors that its audit measured, by name."""
    floors: dict[str, dict[str, Any]] = (
        folder.read_json("audit.json").get("floors", {}) if folder.has("audit.json") else {}
    )
    return floors


def not_shown(studies: Mapping[str, StudyFolder], home: StudyFolder | None) -> list[str]:
    """Of which studies floors and second folders are not compared.

    Args:
        studies: By what stands before the names of their recipes.
        home: The one whose are, if there is one.
    """
    notes = []
    for before, study in studies.items():
        second = second_folders(study.read_json("evaluation.json")["recipes"]) if is_judged(study) else []
        if study is not home and (second or floors_of(study)):
            name = before.removesuffix(": ") or study.path.resolve().name
            notes.append(
                f"Floors and second folders of '{name}' are not compared here: 'leafgraft compare {study.path}' alone "
                "shows them."
            )
    return notes


def leaves_of_training(studies: Mapping[str, StudyFolder]) -> dict[str, int]:
    """How many test photos show a leaf of training, by the name of their study; of studies where some do."""
    audited = {
        before.removesuffix(": ") or study.path.resolve().name: seen_in_training(study.read_json("audit.json"))
        for before, study in studies.items()
        if study.has("audit.json")
    }
    return {name: found[""] for name, found in audited.items() if "" in found}


def since_tested(studies: Mapping[str, StudyFolder]) -> list[str]:
    """What may not be said for what became of studies since their test photos were seen, as their verdicts have it.

    Args:
        studies: By what stands before the names of their recipes.
    """
    from leafgraft.evaluation.statements.claims import after_test  # noqa: PLC0415 - faulty files need no scipy

    verdicts = {
        before.removesuffix(": "): study.read_json("verdict.json")
        for before, study in studies.items()
        if is_judged(study) and study.has("verdict.json")
    }
    return [
        sentence
        for name, one in verdicts.items()
        if "left_out_after_test" in one  # earlier versions did not say
        for sentence in after_test(one["left_out_after_test"], tuple(one["corrected_after_test"]), name)
    ]


def tested_places(folder: StudyFolder) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Places that a study left out in turn, and those that it tested and did not train on, where it says so."""
    if not folder.has("splits.json"):
        return (), None
    splits = splits_from_json(folder.read_json("splits.json"))
    return splits.left_out, splits.untrained(photos_of(folder))


def trials_of(folder: StudyFolder, before: str) -> list[PredictionsFile]:
    """Predictions of the trials that can be compared; names are today's.

    Args:
        folder: The study folder.
        before: What stands before the names of its recipes; empty for nothing.

    Raises:
        UsageError: No trial is finished, or the test labels are still closed.
        StudyFolderError: A trial was damaged since it was written.
    """
    found = _with_derived(folder, _whole(folder))
    if not found:
        asked = f"'{folder.path}' must hold finished trials, of one recipe and seed on every fold."
        raise UsageError(asked, "It holds none.", "Run the study first.")
    check_opened(folder)
    for one in found:
        folder.trial(one["key"]).check()
    of = before.removesuffix(": ") or str(folder.path)
    return [
        PredictionsFile(folder.trial(one["key"]).predictions, before + one["recipe"], one["seed"], one["fold"], of)
        for one in found
    ]


def _whole(folder: StudyFolder) -> list[dict[str, Any]]:
    """Trials that the plan names now, of each recipe and seed that is finished on every fold."""
    trials = folder.read_json("plan.json")["trials"]
    cut = {(one["recipe"], one["seed"]) for one in trials if not folder.trial(one["key"]).has_mark()}
    return [one for one in trials if (one["recipe"], one["seed"]) not in cut]


def _with_derived(folder: StudyFolder, trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, and what was made of them."""
    keys = {one["key"] for one in trials}
    derived = folder.read_json("evaluation.json").get("derived", {}) if is_judged(folder) else {}
    found = list(trials)
    for key, name in derived.items():
        info = folder.trial(key).read_info()
        if keys.issuperset(info.get("derived_from", ())):
            found.append({"key": key, "recipe": name, "seed": info["seed"], "fold": info["fold"]})
    return found


def study_of(path: Path) -> Path | None:
    """The study folder that a predictions file lies in; None for any other."""
    study = path.parent.parent.parent
    of_trial = path.name == "predictions.npz" and path.parent.parent.name == "trials"
    return study if of_trial and (study / "plan.json").is_file() else None


def trial_named(path: Path, names: Mapping[Path, str]) -> PredictionsFile | None:
    """A predictions file within a study folder, called as the plan calls it; None for any other.

    Args:
        path: The predictions file.
        names: What stands before the names of a study's recipes, by its folder, as `names_before` gives it.

    Raises:
        UsageError: The test labels of the study are still closed.
    """
    study = study_of(path)
    trials = StudyFolder(study).read_json("plan.json")["trials"] if study else []
    of_key = [one for one in trials if one["key"] == path.parent.name]
    if not study or not of_key:
        return None
    check_opened(StudyFolder(study))
    before, one = names[study.resolve()], of_key[0]
    of = before.removesuffix(": ") or str(study)
    return PredictionsFile(path, before + one["recipe"], one["seed"], one["fold"], of)


def photos_of(folder: StudyFolder) -> Sequence[Photo]:
    """All photos of its manifest."""
    return read_manifest(folder.file("manifest.csv"), "").photos


def left_out(folder: StudyFolder) -> list[str]:
    """What lies in the study folder and is not compared."""
    planned = {one["key"] for one in folder.read_json("plan.json")["trials"]}
    begun = [key for key in sorted(planned) if not folder.trial(key).has_mark()]
    cut = sorted(planned - {*begun, *(one["key"] for one in _whole(folder))})
    others = [path.name for path in sorted((folder.path / "trials").iterdir()) if (path / "done").is_file()]
    made_of = {key: folder.trial(key).read_info().get("derived_from", ()) for key in others if key not in planned}
    stale = [key for key, of in made_of.items() if not of]
    made = [key for key, of in made_of.items() if of and planned.issuperset(of)] if not is_judged(folder) else []
    notes = []
    if stale:
        what = counted(len(stale), "finished trial is", "finished trials are")
        notes.append(f"'{folder.path}': {what} not in the study any more and left out: {', '.join(stale)}.")
    if begun:
        notes.append(f"'{folder.path}': {counted(len(begun), 'trial is', 'trials are')} not finished and left out.")
    if cut:
        what = counted(len(cut), "finished trial is", "finished trials are")
        notes.append(
            f"'{folder.path}': {what} left out, as another fold of the same seed is not finished: {', '.join(cut)}."
        )
    if made:
        what = counted(len(made), "derived trial is", "derived trials are")
        notes.append(f"'{folder.path}': {what} left out: the study was not evaluated as it is now. Run it again.")
    return notes
