"""Figures of the answers of the recommended recipe, and of how accuracy grows with photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from leafgraft.evaluation.metrics import BINS, Floats, confidence_bin, ratio
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.figures.rows import LINE_MM, SIZES_PT
from leafgraft.report.paper.figures.style import GREY, LETTERS_PT, MARKS, add_legend, mark_of, new_figure, wrapped
from leafgraft.report.paper.terms import term
from leafgraft.report.short_names import short_names

LEAST_MM_PER_COUNT = 4.2  # of a cell that shows its count
LEAST_MM_PER_NAME = 15  # of a cell with its name below it, not beside it on edge
PER_CELL = 2.4  # a name below its cell may be so many times as wide as one beside a row, for the same width
FITTED_POINTS = 40
MANY = 10  # answers of a bin whose share says something


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Answers by confidence, 15 bins of equal width; shape (15,) each.

    Attributes:
        answers: How many are in each bin.
        confidence: Their mean confidence; 0 where there is none.
        accuracy: Share of them that is right; 0 where there is none.
    """

    answers: Floats
    confidence: Floats
    accuracy: Floats


def bins_of(contents: PaperContents) -> Bins:
    """Test answers of the recommended recipe, of all seeds and folds together."""
    probabilities = np.concatenate([one.probabilities for one in contents.answers])
    label = np.concatenate([one.label for one in contents.answers])
    confidence = probabilities.max(axis=1)
    of, right = confidence_bin(confidence), (probabilities.argmax(axis=1) == label).astype(np.float64)
    answers = np.bincount(of, minlength=BINS).astype(np.float64)
    summed = [np.bincount(of, weights=each, minlength=BINS).astype(np.float64) for each in (confidence, right)]
    return Bins(answers, *(ratio(one, answers) for one in summed))


def draw_reliability(contents: PaperContents, width_mm: float) -> Figure:
    """Accuracy over confidence, and how many answers are how sure."""
    found, mark = bins_of(contents), MARKS[0]
    full = found.answers > 0
    figure = new_figure(width_mm, min(width_mm, 110) + 12)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    upper.plot([0, 1], [0, 1], color=GREY.colour, linestyle="--", label=term("as sure as right"))
    upper.plot(found.confidence[full], found.accuracy[full], color=mark.colour, linewidth=0.5)
    look: dict[str, Any] = {"linestyle": "", "marker": mark.shape, "color": mark.colour, "clip_on": False, "zorder": 3}
    for of, face in ((found.answers >= MANY, mark.colour), (full & (found.answers < MANY), "white")):
        if of.any():  # a line without points has no extent, and would leave the layout none
            upper.plot(found.confidence[of], found.accuracy[of], markerfacecolor=face, **look)
    upper.set_ylabel(term("accuracy"))
    upper.set(xlim=(0, 1), ylim=(0, 1))
    upper.legend(loc="upper left")
    edges = np.arange(BINS) / BINS
    lower.bar(edges, found.answers, width=1 / BINS, align="edge", color="0.8", edgecolor="0.3", hatch="////", lw=0.4)
    lower.set_ylabel(term("answers"))
    lower.set_xlabel(term("confidence"))
    return figure


def draw_confusion(contents: PaperContents, width_mm: float) -> Figure:
    """True against predicted classes; the darker, the larger the share of its true class."""
    classes, counts = contents.evaluation["classes"], np.array(contents.recommended["confusion"], dtype=np.float64)
    shares = ratio(counts, counts.sum(axis=1, keepdims=True))
    names, cell_mm = [wrapped(name, width_mm * 0.9) for name in classes], 0.7 * width_mm / len(classes)
    if max(name.count("\n") + 1 for name in names) * LINE_MM > cell_mm:  # the table has the whole names
        names = [wrapped(name, width_mm * 0.9) for name in short_names(classes)]
    letters_pt = next((one for one in SIZES_PT if one / LETTERS_PT * LINE_MM <= cell_mm), SIZES_PT[-1])
    is_wide = cell_mm >= LEAST_MM_PER_NAME
    below = [wrapped(name, cell_mm * PER_CELL) for name in classes] if is_wide else names
    figure = new_figure(width_mm, min(width_mm, max(0.62 * width_mm, 60 + 4 * len(classes))))
    axes = figure.subplots()
    axes.pcolormesh(shares, cmap="Greys", vmin=0, vmax=1, edgecolors="0.7", linewidth=0.4)
    axes.set_xticks(np.arange(len(classes)) + 0.5, below, rotation=0 if is_wide else 90)
    axes.set_yticks(np.arange(len(classes)) + 0.5, names)
    axes.set_ylim(len(classes), 0)
    axes.tick_params(length=0, labelsize=letters_pt)
    axes.spines[:].set_visible(False)
    axes.set(xlabel=term("predicted class"), ylabel=term("true class"))
    if cell_mm >= LEAST_MM_PER_COUNT:
        _write_counts(axes, counts, shares)
    return figure


def _write_counts(axes: Axes, counts: Floats, shares: Floats) -> None:
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column + 0.5, row + 0.5, f"{count:,.0f}", ha="center", va="center", color=colour)


def draw_learning_curve(contents: PaperContents, width_mm: float) -> Figure:
    """Accuracy by number of training photos, and what the fitted curve expects of twice as many."""
    figure, curves = new_figure(width_mm, min(0.62 * width_mm + 10, 86)), contents.curves[: len(MARKS)]
    axes = figure.subplots()
    for place, curve in enumerate(curves):
        mark = mark_of(place)
        photos = np.array([one["photos"] for one in curve["points"]])
        value = 100 * np.array([one["accuracy"] for one in curve["points"]])
        ends = 100 * np.array([one["interval"] for one in curve["points"]]).T
        arms = np.maximum(0, [value - ends[0], ends[1] - value])
        axes.errorbar(
            photos, value, yerr=arms, marker=mark.shape, color=mark.colour, linestyle=mark.line, elinewidth=0.6
        )
        if curve["exponent"]:
            further = np.geomspace(photos[-1], 2 * photos[-1], FITTED_POINTS)
            fitted = 100 * (1 - curve["scale"] * further ** -curve["exponent"])
            axes.plot(further, fitted, color=mark.colour, linestyle=":", linewidth=0.6)
    axes.set_xscale("log")
    ticks = sorted({round(one["photos"]) for curve in curves for one in curve["points"]})
    axes.set_xticks(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel=term("training photos"), ylabel=term("accuracy, %"))
    axes.grid(visible=True, axis="y", color="0.9", linewidth=0.4)
    handles: list[Any] = list(axes.containers)
    add_legend(figure, handles, [curve["recipe"] for curve in curves], width_mm)
    return figure
