"""What a paper is made of: records and plain values, as the study folder's files hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leafgraft.records.finding import seen_in_training
from leafgraft.records.photo import Photo
from leafgraft.records.split import Splits
from leafgraft.records.study import Study
from leafgraft.report.contents import Plain, TrialHistory
from leafgraft.storage.predictions import Predictions


@dataclass(frozen=True, slots=True)
class PaperContents:
    """Everything that a paper kit says of a study.

    Attributes:
        study: As resolved.yaml has it.
        run: As in run.json.
        photos: Rows of the manifest.
        splits: Which of them is where.
        audit: As in audit.json.
        trained: By recipe: what trial.json says of each of its trials.
        evaluation: As in evaluation.json.
        verdict: As in verdict.json.
        answers: Test rows of the recommended recipe, of every seed and fold.
        opened: When the test labels were first read; empty if no file says it.
        curves: Learning curves, as in learning_curve.json.
        causes: Why frozen recipes fall short, as in diagnosis.json.
        version: Version of the leafgraft that makes the kit.
        epochs: Epochs of every trial that learned epoch by epoch, as history.csv has them.
        disturbed: As in robustness.json.
        searches: As in tuning.json.
        bundle: As in bundle.json, where it is that of the verdict.
        explained: Whether the run went as far as learning curves and causes.
        unfinished: Trials that the plan names and that are not finished.
        again: The command that goes on with the run, where it is known.
    """

    study: Study
    run: Plain
    photos: Sequence[Photo]
    splits: Splits
    audit: Plain
    trained: Mapping[str, Sequence[Plain]]
    evaluation: Plain
    verdict: Plain
    answers: Sequence[Predictions]
    version: str
    opened: str = ""
    curves: Sequence[Plain] = ()
    causes: Sequence[Plain] = ()
    epochs: Sequence[TrialHistory] = ()
    disturbed: Plain = field(default_factory=dict)
    searches: Sequence[Plain] = ()
    bundle: Plain = field(default_factory=dict)
    explained: bool = True
    unfinished: int = 0
    again: str = ""

    @property
    def ranked(self) -> list[Mapping[str, Any]]:
        """All recipes, the first tier first."""
        return sorted(self.evaluation["recipes"], key=lambda one: (one["tier"], -one["accuracy"]))

    @property
    def recommended(self) -> Mapping[str, Any]:
        """The recipe of the verdict, as in evaluation.json."""
        by_name: dict[str, Mapping[str, Any]] = {one["name"]: one for one in self.evaluation["recipes"]}
        return by_name[self.verdict["recipe"]]

    @property
    def has_elsewhere(self) -> bool:
        """Whether photos have places, or there is a second folder."""
        return any(one.get("places") or one.get("also_test") for one in self.evaluation["recipes"])


def of_places(contents: PaperContents) -> str:
    """Sentences on accuracies in places and on second folders: which there are, and which of them were trained on."""
    recipes, evaluation, seen = contents.evaluation["recipes"], contents.evaluation, seen_in_training(contents.audit)
    places = any(one.get("places") for one in recipes)
    folders = dict.fromkeys(name for one in recipes for name in one.get("also_test", {}))
    said = "Accuracy on all test photos and on second folders, with 95% intervals."
    if places:
        said = "Accuracy on all test photos and on those of each place, with 95% intervals."
    if places and folders:
        said = "Accuracy on all test photos, on those of each place and on second folders, with 95% intervals."
    untrained = evaluation.get("untrained")
    if places and evaluation.get("left_out"):
        said += " Each place was left out of training in turn."
    elif places and untrained:
        said += f" Places without a photo in training: {', '.join(untrained)}."
    elif places and untrained is not None:
        said += " Photos of every place were trained on, too."
    if never := [name for name in folders if name not in seen]:
        said += f" Never trained on: {', '.join(never)}."
    return said + not_from_elsewhere(contents)


def not_from_elsewhere(contents: PaperContents) -> str:
    """Sentences on second folders with photos that show what the training folder shows, a blank before each."""
    seen = {name: count for name, count in seen_in_training(contents.audit).items() if name}
    return "".join(
        f" Photos of '{name}' that show what the training folder shows: {count:,}." for name, count in seen.items()
    )


def elsewhere(recipe: Plain, rows: int) -> list[tuple[str, Plain]]:
    """Figures of a recipe on all `rows` test photos (a place of no name), in each place and on each second folder."""
    found = [*recipe.get("places", {}).items(), *recipe.get("also_test", {}).items()]
    return [("", {**recipe, "rows": rows}), *found]
