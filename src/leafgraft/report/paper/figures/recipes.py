"""Figures with one row per recipe or pair: accuracies over floors, home and elsewhere, differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from leafgraft.evaluation.comparison.compare import ALPHA
from leafgraft.report.contents import Plain
from leafgraft.report.paper.contents import PaperContents, elsewhere
from leafgraft.report.paper.figures.style import GREY, MARKS, Mark, mark_of, new_figure, wrapped
from leafgraft.report.paper.terms import OVERALL, cell_words, term

MOST_ROWS = 40
ROW_MM, LINE_MM, FRAME_MM = 2.2, 2.9, 17.0
POINT_MM = 2.4  # from one point of a row to the next
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Point:
    """One estimate in a row: value and interval as shares.

    Attributes:
        value: Where the mark stands.
        interval: Ends of the bar.
        mark: How it is drawn.
        filled: Whether the shape is filled.
    """

    value: float
    interval: Sequence[float]
    mark: Mark
    filled: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A name and the estimates beside it, from top to bottom."""

    name: str
    points: Sequence[Point]


def draw_accuracy(contents: PaperContents, width_mm: float) -> Figure:
    """Test accuracy of every recipe by tier, over the accuracies that need no leaf."""
    recipes, floors = contents.ranked[:MOST_ROWS], contents.audit.get("floors", {})
    rows = [Row(one["name"], [Point(one["accuracy"], one["interval"], mark_of(one["tier"] - 1))]) for one in recipes]
    ordered = sorted(floors.items(), key=lambda one: -one[1]["accuracy"])
    rows += [
        Row(cell_words(name.replace("_", " ")), [Point(one["accuracy"], one["interval"], GREY)])
        for name, one in ordered
    ]
    figure, axes = _rows(rows, width_mm)
    if floors:
        highest = 100 * ordered[0][1]["accuracy"]
        axes.axvline(highest, color=GREY.colour, linewidth=0.6, linestyle=(0, (4, 2)), zorder=0)
        axes.axhline(len(recipes) - 0.5, color="0.8", linewidth=0.5)
    tiers = sorted({min(one["tier"], len(MARKS)) for one in recipes})
    kinds = [(term(f"tier {tier}{'+' if tier == len(MARKS) else ''}"), mark_of(tier - 1)) for tier in tiers]
    kinds += [(term("needs no leaf"), GREY)] if floors else []
    _legend(figure, [(name, mark, True) for name, mark in kinds], width_mm)
    axes.set_xlabel(term("accuracy, %"))
    return figure


def shown_places(contents: PaperContents) -> list[str]:
    """All test photos, places and second folders; of many those where the recommended recipe is right least often."""
    overall, *others = elsewhere(contents.recommended, 0)
    worst = sorted(others, key=lambda one: one[1]["accuracy"])[: len(MARKS) - 1]
    return [overall[0], *(place for place, _ in others if place in {name for name, _ in worst})]


def draw_elsewhere(contents: PaperContents, width_mm: float) -> Figure:
    """Accuracy of every recipe on all test photos, in each place and on each second folder."""
    places = shown_places(contents)
    marks = {place: mark_of(number) for number, place in enumerate(places)}
    rows = []
    for recipe in contents.ranked[:MOST_ROWS]:
        shown = [(place, one) for place, one in elsewhere(recipe, 0) if place in marks]
        points = [Point(one["accuracy"], one["interval"], marks[at], filled=not at) for at, one in shown]
        rows.append(Row(recipe["name"], points))
    figure, axes = _rows(rows, width_mm)
    _legend(figure, [(at or cell_words(OVERALL), marks[at], not at) for at in places], width_mm)
    axes.set_xlabel(term("accuracy, %"))
    return figure


def shown_pairs(contents: PaperContents) -> list[Plain]:
    """All pairs; of many those of the recommended recipe."""
    pairs: list[Plain] = list(contents.evaluation["pairs"])
    if len(pairs) > MOST_ROWS:
        pairs = [one for one in pairs if contents.verdict["recipe"] in {one["a"], one["b"]}][:MOST_ROWS]
    return pairs


def draw_pairs(contents: PaperContents, width_mm: float) -> Figure:
    """Difference of every pair with its interval; filled where it is shown with all pairs in mind."""
    rows = [
        Row(
            f"{one['a']} {MINUS} {one['b']}",
            [Point(one["difference"], one["interval"], MARKS[0], filled=one["p_adjusted"] < ALPHA)],
        )
        for one in shown_pairs(contents)
    ]
    figure, axes = _rows(rows, width_mm)
    axes.axvline(0, color=GREY.colour, linewidth=0.6, zorder=0)
    kinds = [("corrected p < 0.05", True), ("corrected p of 0.05 or more", False)]
    _legend(figure, [(term(words), MARKS[0], filled) for words, filled in kinds], width_mm)
    axes.set_xlabel(term("difference of accuracy, points"))
    return figure


def _rows(rows: Sequence[Row], width_mm: float) -> tuple[Figure, Axes]:
    """Draw rows from top to bottom, as high as their names and points need."""
    names = [wrapped(row.name, width_mm) for row in rows]
    heights = [
        ROW_MM + max(LINE_MM * (name.count("\n") + 1), POINT_MM * len(row.points))
        for name, row in zip(names, rows, strict=True)
    ]
    figure = new_figure(width_mm, FRAME_MM + sum(heights))
    axes = figure.subplots()
    most = max(len(row.points) for row in rows)
    for at, row in enumerate(rows):
        for place, point in enumerate(row.points):
            _estimate(axes, at + (place - (len(row.points) - 1) / 2) * 0.7 / most, point)
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x", color="0.9", linewidth=0.4)
    axes.set_axisbelow(True)
    return figure, axes


def _estimate(axes: Axes, y: float, point: Point) -> None:
    """A mark and its interval, in percent; where the value lies at an end of it, that arm has no length."""
    value, (low, high) = 100 * point.value, (100 * end for end in point.interval)
    arms = [[max(0.0, value - low)], [max(0.0, high - value)]]
    face = point.mark.colour if point.filled else "white"
    axes.errorbar(
        [value], [y], xerr=arms, fmt=point.mark.shape, color=point.mark.colour, markerfacecolor=face, elinewidth=0.8
    )


def _legend(figure: Figure, kinds: Sequence[tuple[str, Mark, bool]], width_mm: float) -> None:
    handles = [
        Line2D(
            [], [], linestyle="", marker=mark.shape, color=mark.colour, markerfacecolor=mark.colour if full else "white"
        )
        for _, mark, full in kinds
    ]
    names = [wrapped(name, width_mm) for name, _, _ in kinds]
    figure.legend(handles, names, loc="outside upper right", ncols=max(1, min(len(kinds), int(width_mm // 28))))
