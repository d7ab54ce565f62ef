"""What a reader can do after each section of the page: one sentence, with the command or the lines of a study file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from leafgraft.records.diagnosis import OVER_FITTING
from leafgraft.report.contents import PageContents, Plain

OF_CAUSES = {
    OVER_FITTING: ("Show the network changed photos while it learns.", "augmentation: [flip, jitter, affine]"),
    "not_fitted": ("Solve for the best linear head instead of training one.", "strategy: probe"),
    "capacity": ("Try a head with a hidden layer.", "head: {mlp: {hidden: [512]}}"),
    "filters": ("Let the backbone learn, from its best linear head on.", "strategy: probe_then_full"),
    "shift": ("Let the backbone learn, and its BatchNorm statistics with it.", "strategy: probe_then_full"),
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do.

    Attributes:
        words: What, and why: a sentence.
        code: A command, or a line of the study file.
        of_file: Whether it is a line of the study file.
    """

    words: str
    code: str
    of_file: bool = False


def next_steps(contents: PageContents) -> dict[str, NextStep]:
    """A step by the id of each section that can stand on the page of these contents."""
    return {section: step(contents) for section, step in _STEPS.items()}


def _table(contents: PageContents) -> NextStep:
    if contents.bundle:
        return NextStep("Bring the recommended network onto a phone.", "leafgraft serve STUDY_DIR/bundle --phone")
    return NextStep("Write the bundle of the recommended network.", "leafgraft export STUDY_DIR")


def _places(contents: PageContents) -> NextStep:
    chosen = _chosen(contents)
    places = chosen.get("places") or {}
    if not places:
        return _field(contents)
    worst = min(places, key=lambda name: float(places[name]["accuracy"]))
    return NextStep(
        f"Label a few dozen photos of {worst}, where it is right least often.", "leafgraft pick STUDY_DIR FOLDER"
    )


def _accuracy(contents: PageContents) -> NextStep:
    if not _chosen(contents).get("also_test"):
        return NextStep("Test on photos from elsewhere, too.", "also_test: {field: FOLDER}", of_file=True)
    return NextStep("See what gives the class away without a leaf.", "leafgraft audit PHOTOS --html audit.html")


def _pairs(contents: PageContents) -> NextStep:
    needed = [
        one["photos_needed"] for one in contents.evaluation["pairs"] if one.get("p_adjusted", one["p_holm"]) >= 0.05
    ]
    needed = [one for one in needed if one is not None and one > contents.evaluation["rows"]]
    folds = {trial["fold"] for trial in contents.plan.get("trials", ())}
    if needed and len(folds) < 2:
        words = (
            f"Some {min(needed):,} test photos would tell the next pair apart; five folds test every photo you have."
        )
        return NextStep(words, "split: {folds: 5}", of_file=True)
    return NextStep(
        "Compare with the answers of another study or tool to the same photos.", "leafgraft compare STUDY_DIR OTHER"
    )


def _tuning(_contents: PageContents) -> NextStep:
    return NextStep("Search on, or draw the loss over ever higher learning rates.", "leafgraft tune STUDY.yaml --rate")


def _curves(contents: PageContents) -> NextStep:
    for one in contents.histories:
        epochs = len(one.rows)
        if epochs > 1 and one.best_epoch >= epochs - 1:
            words = f"{one.recipe} was best in its last epoch: let it learn for longer."
            return NextStep(words, f"training: {{epochs: {2 * epochs}}}", of_file=True)
    return NextStep("See which learning rate these photos like.", "leafgraft tune STUDY.yaml --rate")


def _confusion(contents: PageContents) -> NextStep:
    confused = contents.evaluation.get("confused") or ()
    if not confused:
        return NextStep("Look at the photos at full size.", "leafgraft label STUDY_DIR")
    one = confused[0]
    if contents.evaluation.get("missed_by_all"):  # the review page shows these
        words = f"Look at photos of {one['true']} that are taken for {one['predicted']}: are their labels right?"
        return NextStep(words, "leafgraft label STUDY_DIR")
    words = (
        f"Label more photos that look like {one['true']} or {one['predicted']}: pick the most useful ones of a folder."
    )
    return NextStep(words, "leafgraft pick STUDY_DIR FOLDER")


def _wrong(contents: PageContents) -> NextStep:
    if contents.evaluation.get("missed_by_all"):
        return NextStep("Correct labels that are wrong; the photos stay as they are.", "leafgraft label STUDY_DIR")
    words = "Correct a label that is wrong by a line of a CSV (path,label,group,action), with relabel as its action."
    return NextStep(words, "corrections: corrections.csv", of_file=True)


def _flow(_contents: PageContents) -> NextStep:
    return NextStep("See which other networks can be chosen.", "leafgraft menu backbones")


def _why(contents: PageContents) -> NextStep:
    shown = [
        (cause["cause"] != OVER_FITTING, cause["value"], cause["cause"])
        for one in contents.diagnosis.get("backbones", ())
        for cause in one["measurements"]
        if cause["interval"][0] > 0 and cause.get("cause") in OF_CAUSES  # earlier versions did not say
    ]
    if not shown:
        return NextStep("No cause is shown to cost accuracy: try another network.", "leafgraft menu backbones")
    words, code = OF_CAUSES[max(shown)[-1]]
    return NextStep(words, code, of_file=True)


def _field(_contents: PageContents) -> NextStep:
    return NextStep(
        "Adapt it to a place: pick some sixty photos of it and label them.", "leafgraft pick STUDY_DIR FOLDER"
    )


def _audit(contents: PageContents) -> NextStep:
    if any(one["severity"] != "note" for one in contents.audit.get("findings", ())):
        return NextStep("Look at what is suspected, correct it, and run again.", "leafgraft label STUDY_DIR")
    return NextStep("Write these findings as a page of their own.", "leafgraft audit PHOTOS --html audit.html")


def _run(_contents: PageContents) -> NextStep:
    return NextStep(
        "Run it again elsewhere, to the same figures.", "leafgraft run STUDY_DIR/resolved.yaml --out FOLDER"
    )


def _chosen(contents: PageContents) -> Plain:
    name = contents.verdict.get("recipe")
    return next((one for one in contents.evaluation["recipes"] if one["name"] == name), {})


_STEPS: Mapping[str, Callable[[PageContents], NextStep]] = {
    "table": _table,
    "places": _places,
    "accuracy": _accuracy,
    "pairs": _pairs,
    "tuning": _tuning,
    "curves": _curves,
    "confusion": _confusion,
    "wrong": _wrong,
    "flow": _flow,
    "why": _why,
    "field": _field,
    "audit": _audit,
    "run": _run,
}
