"""A study folder opened for a paper: its files read, its kit made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leafgraft import __version__
from leafgraft.data.read.manifest import read_manifest
from leafgraft.records.extras import of_an_extra
from leafgraft.records.split import splits_from_json
from leafgraft.report.contents import TrialHistory
from leafgraft.report.paper.contents import PaperContents
from leafgraft.storage.corrections import corrections_taken
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.predictions import Predictions
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder, read_csv
from leafgraft.study.earlier_run import command_again, trials_of_verdict

if TYPE_CHECKING:
    from leafgraft.report.paper.kit import PaperKit


def open_kit(folder: StudyFolder) -> PaperKit:
    """Read the files of a study, and make all that they allow.

    Raises:
        StudyFolderError: A file is missing or damaged.
        UsageError: What draws figures is not installed.
    """
    with of_an_extra():
        from leafgraft.report.paper.kit import make_kit  # noqa: PLC0415 - an extra; takes a second

    return make_kit(read_contents(folder))


def read_contents(folder: StudyFolder) -> PaperContents:
    """Everything that a paper kit says of a study.

    Raises:
        StudyFolderError: A file is missing or damaged.
    """
    for name in ("resolved.yaml", "manifest.csv"):
        folder.read_bytes(name)  # whole, or refused by its checksum
    study = load_study(folder.file("resolved.yaml"))
    run, plan, verdict, evaluation = (
        folder.read_json(f"{name}.json") for name in ("run", "plan", "verdict", "evaluation")
    )
    begun = {one["key"] for one in plan["trials"] if not folder.trial(one["key"]).has_mark()}
    cut = {(one["recipe"], one["seed"]) for one in plan["trials"] if one["key"] in begun}
    done = [one for one in plan["trials"] if (one["recipe"], one["seed"]) not in cut]  # as they were evaluated
    trained: dict[str, list[Mapping[str, Any]]] = {}
    epochs: list[TrialHistory] = []
    for one in done:
        info = folder.trial(one["key"]).read_info()
        trained.setdefault(one["recipe"], []).append(info)
        if info["training"]["epochs"]:
            epochs.append(_history(folder, one, info))
    return PaperContents(
        study=study,
        run=run,
        photos=read_manifest(folder.file("manifest.csv"), run["root"]).photos,
        splits=splits_from_json(folder.read_json("splits.json")),
        audit=folder.read_json("audit.json"),
        trained=trained,
        evaluation=evaluation,
        verdict=verdict,
        answers=_answers(folder, trials_of_verdict({one["key"]: one["recipe"] for one in done}, evaluation, verdict)),
        version=__version__,
        opened=str(_optional(folder, "opened", "opened", "")).partition("T")[0],
        curves=_optional(folder, "learning_curve", "curves", ()),
        causes=_optional(folder, "diagnosis", "backbones", ()),
        epochs=epochs,
        disturbed=folder.read_json("robustness.json") if folder.has("robustness.json") else {},
        searches=_optional(folder, "tuning", "searches", ()),
        bundle=_bundle(folder, verdict["trial"]),
        explained=folder.has("learning_curve.json"),
        unfinished=len(begun),
        again=command_again(folder, corrections_taken(folder.path, study.corrections)),
    )


def _history(folder: StudyFolder, trial: Mapping[str, Any], info: Mapping[str, Any]) -> TrialHistory:
    """Epochs and losses of a trial."""
    path = folder.trial(trial["key"]).history
    rows = [{name: float(row[name]) for name in ("epoch", "train_loss", "validation_loss")} for row in read_csv(path)]
    return TrialHistory(trial["recipe"], info["seed"], info["fold"], rows, info["phases"], info["best_epoch"])


def _optional(folder: StudyFolder, name: str, key: str, otherwise: Any) -> Any:
    """What a file holds that a run may have left out."""
    return folder.read_json(f"{name}.json").get(key, otherwise) if folder.has(f"{name}.json") else otherwise


def _answers(folder: StudyFolder, keys: Sequence[str]) -> tuple[Predictions, ...]:
    """Test rows of trials."""
    for key in keys:
        folder.trial(key).check()
    return tuple(folder.trial(key).read_predictions().rows("test") for key in keys)


def _bundle(folder: StudyFolder, trial: str) -> Mapping[str, Any]:
    """What bundle.json says, if it is that of the verdict."""
    path = folder.bundle / "bundle.json"
    index = read_json_file(path) if path.is_file() else {}
    of_verdict = {trial, *folder.trial(trial).read_info().get("derived_from", ())}
    return index if index.get("trial") in of_verdict else {}
