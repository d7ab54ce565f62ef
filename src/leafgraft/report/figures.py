"""Figures: a static drawing, the same as interactive plotly, and what to read from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from leafgraft.evaluation.comparison.compare import ALPHA
from leafgraft.records.display import counted, percent, span
from leafgraft.report.contents import Plain, TrialHistory, WrongPhoto, WrongPhotos
from leafgraft.report.flow import is_solved
from leafgraft.report.interactive import PALETTE, bars, cells, curves, is_legible
from leafgraft.report.svg import Bar, Line, bar_chart, count_table, line_chart


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        title: Title of the figure.
        reading: What to read from it, from its own numbers.
        static: Shown without scripts and in print.
        interactive: ``data`` and ``layout`` of plotly; None where the drawing says all.
    """

    title: str
    reading: str
    static: Markup
    interactive: Mapping[str, Any] | None = None


def accuracy_bars(evaluation: Plain, floors: Plain) -> Figure:
    """Test accuracy of every recipe with its interval, over the floors."""
    recipes = sorted(evaluation["recipes"], key=lambda one: (one["tier"], -one["accuracy"]))
    shown = [
        Bar(one["name"], one["accuracy"], one["interval"][0], one["interval"][1], min(one["tier"], len(PALETTE)) - 1)
        for one in recipes
    ]
    lines = [(name.replace("_", " "), floor["accuracy"]) for name, floor in floors.items()]
    title = "Test accuracy with 95% intervals"
    words = _read_bars(recipes, evaluation, floors)
    return Figure(
        title,
        words,
        bar_chart(shown, lines, title),
        bars(shown, [(at, name) for name, at in lines], "test accuracy, %"),
    )


def _read_bars(recipes: Sequence[Plain], evaluation: Plain, floors: Plain) -> str:
    first = [one["name"] for one in recipes if one["tier"] == 1]
    if len(recipes) == 1:
        words = f"One recipe: {percent(recipes[0]['accuracy'])} (95% interval {span(recipes[0]['interval'])})."
    elif len(first) == len(recipes):
        rows = f"{evaluation['rows']:,}"
        words = f"All {len(recipes)} recipes are in one tier: these {rows} test photos cannot tell them apart."
        if any(pair.get("p_adjusted", pair["p_holm"]) < ALPHA for pair in evaluation["pairs"]):  # of what is derived
            words = (
                f"All {len(recipes)} recipes are in one tier, as tiers rank trained recipes: the pairs say which "
                "test-time views, ensembles or averages are better or worse than what they are made of."
            )
    elif len(first) == 1:
        words = f"Tier 1, which holds the most accurate with 95%, is {first[0]} alone."
    else:
        words = f"{len(first)} recipes are in tier 1, which holds the most accurate with 95%: {', '.join(first)}."
    if floors:
        name, highest = max(floors.items(), key=lambda one: float(one[1]["accuracy"]))
        reached = f"{percent(highest['accuracy'])} ({span(highest['interval'])})"
        called = name.replace("_", " ").capitalize()
        words += f" {called} alone reaches {reached}: only what lies above it is about leaves."
    return words


def training_curves(histories: Sequence[TrialHistory]) -> list[Figure]:
    """One figure per recipe with epochs: losses of every seed, with the epochs at which stages join."""
    by_recipe: dict[str, list[TrialHistory]] = {}
    for history in histories:
        if is_solved(history.phases[0]):
            continue
        by_recipe.setdefault(history.recipe, []).append(history)
    return [_curves(name, of) for name, of in by_recipe.items()]


def _curves(name: str, histories: Sequence[TrialHistory]) -> Figure:
    lines = []
    for number, history in enumerate(histories):
        epochs = [float(row["epoch"] + 1) for row in history.rows]  # files count from 0, people from 1
        label = f"seed {history.seed}" + (f", fold {history.fold}" if history.fold else "")
        lines.append(Line(f"{label}: train", epochs, [row["train_loss"] for row in history.rows], number, dashed=True))
        lines.append(Line(f"{label}: validation", epochs, [row["validation_loss"] for row in history.rows], number))
    last = max(row["epoch"] for history in histories for row in history.rows)
    marks = [
        (float(phase["from_epoch"] + 1), "more stages learn")
        for phase in histories[0].phases
        if 0 < phase["from_epoch"] <= last
    ]
    title = f"{name}: loss by epoch"
    axes = ("epoch", "loss")
    words = _read_curves(histories, marks)
    return Figure(title, words, line_chart(lines, marks, title, axes), curves(lines, marks, axes))


def _read_curves(histories: Sequence[TrialHistory], marks: Sequence[tuple[float, str]]) -> str:
    ends = [history.rows[history.best_epoch] for history in histories]
    gap = sum(row["train_accuracy"] - row["validation_accuracy"] for row in ends) / len(ends)
    epochs = ", ".join(str(history.best_epoch + 1) for history in histories)
    words = f"Solid is validation, dashed is training. Weights of epoch {epochs} were kept (lowest validation loss)."
    if abs(gap) < 0.02:
        words += " There training and validation accuracy are within 2 points."
    elif gap > 0:
        words += f" There training accuracy is {100 * gap:.1f} points above validation."
    else:
        below = f"{-100 * gap:.1f} points below validation"
        words += f" There training accuracy is {below}" + _because(histories[0].harder_by)
    if marks:
        words += f" More stages learn from epoch {', '.join(f'{at:.0f}' for at, _ in marks)} on."
    return words


def _because(harder_by: Sequence[str]) -> str:
    """Why a recipe is less accurate on its training photos: only what the recipe has is named."""
    if not harder_by:
        return "."
    return f": {' and '.join(harder_by)} {'make' if len(harder_by) > 1 else 'makes'} training photos harder."


def cells_of(photo: WrongPhoto, classes: Sequence[str]) -> list[str]:
    """What a page calls the cells of the confusion matrix that a photo belongs to."""
    return [_cell(photo.true, answer, classes) for answer in photo.answers]


def _cell(true: str, predicted: str, classes: Sequence[str]) -> str:
    return f"wrong-{classes.index(true)}-{classes.index(predicted)}"


def wrong_of_cells(wrong: WrongPhotos, classes: Sequence[str]) -> list[tuple[str, str, str, int, int]]:
    """Of each cell its name, label and answer, how many of its photos the page shows, and how many there are."""
    shown = Counter((one.true, answer) for one in wrong.shown for answer in one.answers)
    return [(_cell(*pair, classes), *pair, count, wrong.of_cell[pair]) for pair, count in shown.items()]


def confusion(recipe: Plain, classes: Sequence[str], wrong: Sequence[WrongPhoto] = ()) -> Figure:
    """True against predicted classes of one recipe, all seeds together.

    Args:
        recipe: As in evaluation.json.
        classes: Names of the classes, in order.
        wrong: Photos of it that the page shows; a cell leads to its own.
    """
    rows = recipe["confusion"]
    worst = max(
        (
            (rows[true][other], true, other)
            for true in range(len(classes))
            for other in range(len(classes))
            if true != other
        ),
        default=(0, 0, 0),
    )
    total = sum(sum(row) for row in rows)
    if worst[0]:
        share = 100 * worst[0] / max(1, sum(rows[worst[1]]))
        words = (
            f"Of {total:,} answers (all seeds), the commonest error: {classes[worst[1]]} for {classes[worst[2]]}, "
            f"{counted(worst[0], 'time')} ({share:.1f}% of its photos)."
        )
    else:
        words = f"None of {total:,} answers (all seeds) is wrong."
    title = f"{recipe['name']}: true against predicted"
    if wrong:  # its cells lead to photos: the drawing stays
        pairs = {(one.true, answer) for one in wrong for answer in one.answers}
        links = {(classes.index(true), classes.index(said)): _cell(true, said, classes) for true, said in pairs}
        return Figure(title, words, count_table(rows, classes, title, links))
    if not is_legible(classes):
        return Figure(title, words, count_table(rows, classes, title))
    shares = [[count / max(1, sum(row)) for count in row] for row in rows]
    counts = [[f"{count:,}" for count in row] for row in rows]
    interactive = cells(shares, counts, (classes, classes, ("true", "predicted")))
    return Figure(title, words, count_table(rows, classes, title), interactive)
