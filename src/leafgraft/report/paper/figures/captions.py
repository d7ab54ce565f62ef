"""What stands below each figure."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.records.display import counted
from leafgraft.report.contents import Plain
from leafgraft.report.paper.contents import PaperContents, elsewhere, of_places
from leafgraft.report.paper.figures.answers import MANY
from leafgraft.report.paper.figures.recipes import shown_elsewhere, shown_pairs, shown_places, shown_recipes
from leafgraft.report.paper.figures.rows import Row
from leafgraft.report.paper.figures.style import MARKS
from leafgraft.report.paper.figures.training import MOST_PANELS


def of_accuracy(contents: PaperContents) -> str:
    """Accuracies by tier over floors."""
    first = _first(shown_recipes(contents), contents.ranked)
    return (
        f"Test accuracy of every recipe on {contents.evaluation['rows']:,} photos with 95% intervals. Shapes: tiers; "
        "trained recipes of one tier are not told apart. Crosses: accuracies that need no leaf; dashed: the highest "
        f"of them.{first}"
    )


def of_confusion(contents: PaperContents) -> str:
    """True against predicted classes."""
    return (
        f"Test answers of {contents.verdict['recipe']}, of all seeds, by true and predicted class; the darker, the "
        "larger the share of the true class."
    )


def of_reliability(contents: PaperContents) -> str:
    """Accuracy over confidence."""
    chosen, trials = contents.recommended, counted(len(contents.answers), "trial")
    error, answers = f"{chosen['calibration_error']:.3f}", sum(len(one.label) for one in contents.answers)
    return (
        f"Reliability of {chosen['name']} on the test photos: accuracy over mean confidence, in 15 bins of equal "
        f"width; {answers:,} answers of {trials}. Open: bins of fewer than {MANY} answers. Calibration error {error} "
        "(mean over seeds)."
    )


def of_training(contents: PaperContents) -> str:
    """Losses by epoch."""
    first = f" The first {MOST_PANELS}." if len({one.recipe for one in contents.epochs}) > MOST_PANELS else ""
    return (
        "Loss by epoch of recipes that learn epoch by epoch, of every seed and fold: dashed on training photos, "
        f"solid on validation photos. Dots: the epochs whose weights were kept.{first}"
    )


def of_curves(contents: PaperContents) -> str:
    """Learning curves."""
    caption = (
        "Test accuracy of the best linear head on frozen features by number of training photos, with 95% intervals."
    )
    if any(curve["exponent"] for curve in contents.curves):
        caption += " Dotted: the fitted power law, drawn on to twice the photos."
    if len(contents.curves) > len(MARKS):
        caption += f" The first {len(MARKS)}."
    return caption


def of_elsewhere(contents: PaperContents) -> str:
    """Home, places and second folders."""
    caption = of_places(contents)
    shown, total = len(shown_places(contents)), len(elsewhere(contents.recommended, 0))
    if shown < total:
        caption += f" Of {total - 1} places, the {shown - 1} where the recommended recipe is right least often."
    return caption + _first(shown_elsewhere(contents), contents.ranked)


def of_pairs(contents: PaperContents) -> str:
    """Differences."""
    shown, total = len(shown_pairs(contents)), len(contents.evaluation["pairs"])
    of_recommended = sum(contents.verdict["recipe"] in {one["a"], one["b"]} for one in contents.evaluation["pairs"])
    some = ""
    if shown < total:
        some = f" {shown} of {total:,} pairs: those of the recommended recipe."
    if shown < min(total, of_recommended):
        some = f" {shown} of {total:,} pairs: the first of those of the recommended recipe."
    return (
        "Differences of test accuracy between recipes, paired photo by photo, with the 95% interval of each pair. "
        f"Filled: shown after correction for all pairs.{some}"
    )


def _first(shown: Sequence[Row], of: Sequence[Plain]) -> str:
    """That the last rows are left to the table; nothing where all are shown."""
    return f" The first {len(shown)} of {len(of)} recipes." if len(shown) < len(of) else ""
