"""Losses of recipes that learn epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from leafgraft.report.contents import TrialHistory
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.figures.style import MARKS, add_legend, mark_of, new_figure, wrapped
from leafgraft.report.paper.terms import term

MOST_PANELS = 12
PANEL_MM, PANEL_HEIGHT_MM, FRAME_MM = 42, 34, 5


def draw_training(contents: PaperContents, width_mm: float) -> Figure:
    """One panel per recipe: loss on training and on validation photos by epoch, of every seed and fold."""
    by_recipe: dict[str, list[TrialHistory]] = {}
    for one in contents.epochs:
        by_recipe.setdefault(one.recipe, []).append(one)
    shown = list(by_recipe.items())[:MOST_PANELS]
    columns = min(len(shown), int(width_mm // PANEL_MM))
    rows = -(-len(shown) // columns)
    figure = new_figure(width_mm, FRAME_MM + rows * PANEL_HEIGHT_MM)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, (name, histories) in zip(panels, shown, strict=False):
        _losses(panel, histories)
        panel.set_title(wrapped(name, 2.6 * width_mm / columns))
    for panel in panels[len(shown) :]:
        panel.set_visible(False)
    figure.supxlabel(term("epoch"), fontsize="medium")
    figure.supylabel(term("loss"), fontsize="medium")
    handles = [Line2D([], [], color="black", linestyle="--"), Line2D([], [], color="black", marker=MARKS[0].shape)]
    names = [term(part) for part in ("train", "validation")]
    add_legend(figure, handles, names, width_mm)
    return figure


def _losses(axes: Axes, histories: Sequence[TrialHistory]) -> None:
    """Dashed on training photos, solid on validation photos; a dot where weights were kept; epochs count from 1."""
    for number, history in enumerate(histories):
        colour = mark_of(number).colour
        epochs = [row["epoch"] + 1 for row in history.rows]
        axes.plot(epochs, [row["train_loss"] for row in history.rows], color=colour, linestyle="--", linewidth=0.7)
        axes.plot(epochs, [row["validation_loss"] for row in history.rows], color=colour, linewidth=0.7)
        kept = history.rows[history.best_epoch]
        axes.plot(kept["epoch"] + 1, kept["validation_loss"], color=colour, marker=MARKS[0].shape, markersize=3)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
