"""Rows of names with estimates beside them: as high as each name needs, in letters that a journal takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from leafgraft.report.paper.figures.style import (
    LEGEND_LETTERS,
    LETTERS_PT,
    ONE_COLUMN_MM,
    TALLEST_MM,
    Mark,
    add_legend,
    new_figure,
    resize,
    wrapped,
)

SIZES_PT = (LETTERS_PT, 6.5, 6.0, 5.5, 5.0)  # of names, the first that fits on a page; journals take no smaller ones
ROW_MM, LINE_MM = 2.2, 2.9  # between two names, and a line of one, in the largest letters
POINT_MM = 2.4  # from one point of a row to the next
AXIS_MM, LEGEND_LINE_MM = 12.5, 3.4
MOST_ROWS = 40


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


@dataclass(frozen=True, slots=True)
class Kind:
    """What a mark stands for, as it is said above the rows."""

    name: str
    mark: Mark
    filled: bool = True


def count_fitting(rows: Sequence[Row], kinds: Sequence[str], below: Sequence[Row] = ()) -> int:
    """How many of the rows fit on a page one column wide, with those that stand `below` in any case.

    Args:
        rows: From the top.
        kinds: What stands above all.
        below: Rows that follow.
    """
    lines = sum(_lines(wrapped(name, LEGEND_LETTERS * ONE_COLUMN_MM)) for name in kinds)
    room_mm = TALLEST_MM - AXIS_MM - LEGEND_LINE_MM * (lines + 1) - sum(_heights(below, ONE_COLUMN_MM, SIZES_PT[-1]))
    reach = accumulate(_heights(rows[:MOST_ROWS], ONE_COLUMN_MM, SIZES_PT[-1]))
    return max(1, sum(end_mm <= room_mm for end_mm in reach))


def draw_rows(rows: Sequence[Row], kinds: Sequence[Kind], width_mm: float) -> tuple[Figure, Axes, list[float]]:
    """Draw rows from top to bottom; also, in the units of the axis, where each row ends."""
    figure = new_figure(width_mm, AXIS_MM)
    look = [(one.mark, one.mark.colour if one.filled else "white") for one in kinds]
    handles = [
        Line2D([], [], linestyle="", marker=mark.shape, color=mark.colour, markerfacecolor=face) for mark, face in look
    ]
    frame_mm = AXIS_MM + add_legend(figure, handles, [one.name for one in kinds], width_mm)
    fitting = (one for one in SIZES_PT if frame_mm + sum(_heights(rows, width_mm, one)) <= TALLEST_MM)
    size_pt = next(fitting, SIZES_PT[-1])
    heights = _heights(rows, width_mm, size_pt)
    resize(figure, frame_mm + sum(heights))
    axes, ends = figure.subplots(), list(accumulate(heights))
    centres = [end - height / 2 for end, height in zip(ends, heights, strict=True)]
    for centre, row in zip(centres, rows, strict=True):
        for place, point in enumerate(row.points):
            apart_mm = POINT_MM * size_pt / LETTERS_PT
            _estimate(axes, centre + (place - (len(row.points) - 1) / 2) * apart_mm, point)
    axes.set_yticks(centres, [wrapped(row.name, width_mm, size_pt) for row in rows], fontsize=size_pt)
    axes.set_ylim(ends[-1], 0)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x", color="0.9", linewidth=0.4)
    axes.set_axisbelow(True)
    return figure, axes, ends


def _heights(rows: Sequence[Row], width_mm: float, size_pt: float) -> list[float]:
    """In mm, as names and points need."""
    names = [wrapped(row.name, width_mm, size_pt) for row in rows]
    needed = [max(LINE_MM * _lines(name), POINT_MM * len(row.points)) for name, row in zip(names, rows, strict=True)]
    return [size_pt / LETTERS_PT * (ROW_MM + one) for one in needed]


def _lines(name: str) -> int:
    return name.count("\n") + 1


def _estimate(axes: Axes, y: float, point: Point) -> None:
    """A mark and its interval, in percent; where the value lies at an end of it, that arm has no length."""
    value, (low, high) = 100 * point.value, (100 * end for end in point.interval)
    arms = [[max(0.0, value - low)], [max(0.0, high - value)]]
    face = point.mark.colour if point.filled else "white"
    axes.errorbar(
        [value], [y], xerr=arms, fmt=point.mark.shape, color=point.mark.colour, markerfacecolor=face, elinewidth=0.8
    )
