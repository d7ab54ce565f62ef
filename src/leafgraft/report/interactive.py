"""The same figures as plotly draws them: data and layout, as plain values.

plotly reads a small HTML in every text and guesses numbers and dates from names, so names are escaped and axes of
names are said to be such.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from leafgraft.report.short_names import in_lines
from leafgraft.report.svg import Bar, Line, lettering

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#a6761d")  # Okabe and Ito
WIDEST_NAME = 34  # letters in one line beside a bar
DARKEST_CELL = "#79bd92"  # dark letters stay legible on it
ROW_PX, MARK_PX, LINE_PX = 44, 16, 15
MOST_COLUMNS, ROW_LETTERS = 12, 16  # of a table of cells in half the width of the page
Plotly = dict[str, Any]
Marks = Sequence[tuple[float, str]]
Names = tuple[Sequence[str], Sequence[str], tuple[str, str]]


def bars(shown: Sequence[Bar], marks: Marks, axis: str) -> Plotly:
    """Horizontal bars with intervals under vertical marks; plotly's first bar stands at the bottom."""
    upwards = shown[::-1]
    names = [_wrapped(bar.label) for bar in upwards]
    above: list[tuple[float, str]] = [(100 * at, f"{escaped(lettering(name))} {100 * at:.1f}%") for at, name in marks]
    data = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": [100 * bar.value for bar in upwards],
        "marker": {"color": [PALETTE[bar.colour] for bar in upwards]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [100 * (bar.high - bar.value) for bar in upwards],
            "arrayminus": [100 * (bar.value - bar.low) for bar in upwards],
        },
        "hovertemplate": "%{y}: %{x:.1f}%<extra></extra>",
    }
    more_lines = sum(name.count("<br>") for name in names)
    layout = {
        "height": 98 + MARK_PX * len(marks) + ROW_PX * len(shown) + LINE_PX * more_lines,
        "margin": {"l": 56, "r": 14, "t": 20 + MARK_PX * len(marks), "b": 64},
        "xaxis": {"title": {"text": lettering(axis), "standoff": 10}, "range": [0, 101], "automargin": True},
        "yaxis": {"automargin": True, "type": "category", "dtick": 1},
        **_vertical_marks(above),
    }
    return {"data": [data], "layout": layout}


def curves(lines: Sequence[Line], marks: Marks, axes: tuple[str, str]) -> Plotly:
    """Curves over a numeric axis; `axes` names x and y."""
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(line.x) < 6 else "lines",
            "name": escaped(lettering(line.label)),
            "x": list(line.x),
            "y": list(line.y),
            "line": {"color": PALETTE[line.colour % len(PALETTE)], "dash": "dash" if line.dashed else "solid"},
        }
        for line in lines
    ]
    named: Plotly = {
        "xaxis": {"title": {"text": lettering(axes[0]), "standoff": 10}, "automargin": True},
        "yaxis": {"title": {"text": lettering(axes[1])}, "automargin": True},
    }
    if axes[0] == "epoch":  # there is no half of one
        named["xaxis"]["dtick"] = max(1, round(max((x for line in lines for x in line.x), default=1) / 10))
    margin = {"t": 20 + MARK_PX * len(marks)}
    layout = {
        "height": 380,
        "margin": margin,
        **named,
        **_vertical_marks([(at, escaped(lettering(words))) for at, words in marks]),
    }
    return {"data": data, "layout": layout}


def is_legible(classes: Sequence[str]) -> bool:
    """Whether cells between these classes have room for their figures, and rows for their names."""
    return len(classes) <= MOST_COLUMNS and all(in_lines(name, ROW_LETTERS).count("\n") < 3 for name in classes)


def cells(shades: Sequence[Sequence[float]], words: Sequence[Sequence[str]], names: Names) -> Plotly:
    """A table of cells, each with words and a shade from 0 to 1.

    Args:
        shades: Shape (rows, columns).
        words: The same shape.
        names: Names of the rows, of the columns, and of both axes.
    """
    rows, columns, axes = names
    row_axis, column_axis = map(lettering, axes)
    data = {
        "type": "heatmap",
        "z": [list(row) for row in shades],
        "x": [_wrapped(name, 12) for name in columns],
        "y": [_wrapped(name, ROW_LETTERS) for name in rows],
        "text": [list(row) for row in words],
        "texttemplate": "%{text}",
        "hovertemplate": f"{row_axis}: %{{y}}<br>{column_axis}: %{{x}}<br>%{{text}}<extra></extra>",
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0, "#f4f7f5"], [1, DARKEST_CELL]],
        "textfont": {"color": "#111111"},
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
    }
    axis = {"type": "category", "showgrid": False, "dtick": 1, "automargin": True}  # room for names, however long
    layout = {
        "height": 150 + 44 * len(rows),
        "margin": {"l": 60, "r": 14, "t": 60, "b": 14},
        "xaxis": {**axis, "side": "top", "title": {"text": column_axis, "standoff": 8}},
        "yaxis": {**axis, "autorange": "reversed", "title": {"text": row_axis, "standoff": 8}},
    }
    return {"data": [data], "layout": layout}


def escaped(name: object) -> str:
    """A name as text that plotly shows letter by letter."""
    return html.escape(str(name), quote=False)


def _wrapped(name: str, width: int = WIDEST_NAME) -> str:
    """A name on several lines, so that a long one leaves room for what it names."""
    return escaped(in_lines(name, width)).replace("\n", "<br>")


def _vertical_marks(marks: Marks) -> Plotly:
    """Dotted lines over the whole height, with words above them."""
    over = {"yref": "paper", "y0": 0, "y1": 1, "line": {"dash": "dot"}}
    above = {"y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False, "xanchor": "left"}
    upwards = sorted(marks, reverse=True)
    return {
        "shapes": [{"type": "line", "x0": at, "x1": at, **over} for at, _ in marks],
        "annotations": [
            {"x": at, "text": words, "yshift": MARK_PX * row, **above} for row, (at, words) in enumerate(upwards)
        ],
    }
