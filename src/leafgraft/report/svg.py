"""Small drawings as SVG: they need no script, print well, and take their colours from the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from markupsafe import Markup, escape

from leafgraft.languages.speaking import said, word
from leafgraft.report.short_names import in_lines, short_names

COLOURS = 8  # the page defines --c0 to --c7
WIDTH = 360.0  # of a phone: letters keep their size there; wider screens have plotly
LINE, NAME_LETTERS = 17.0, 44
NARROWEST = 280.0  # a narrower place scrolls
MOST_NAMED = 8  # curves with their names below; of more, the words under the figure tell
DARKEST = 0.6  # opacity of a cell on which the page's ink stays legible


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: value and interval are shares from 0 to 1."""

    label: str
    value: float
    low: float
    high: float
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One curve; `spans` are the lower and upper ends of the interval of each point, where it has one."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    colour: int = 0
    dashed: bool = False
    spans: Sequence[tuple[float, float]] = ()


def text(x: float, y: float, words: object, kind: str = "", anchor: str = "start") -> str:
    """One line of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def lettering(words: str) -> str:
    """Words of ours on a figure or in a cell, in the language that is spoken now; names of people are not looked up."""
    return word(words, "figure")


def drawing(width: float, height: float, parts: Sequence[str], title: str, role: str = "img") -> Markup:
    """Wrap parts into one drawing that scales with its place; its role is ``group`` where parts of it are links."""
    least = min(width, NARROWEST) if width <= WIDTH else 0.9 * width
    return Markup(  # noqa: S704 - every text in it is escaped by `text`
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="{role}" aria-label="{escape(said(title))}" '
        f'style="max-width:{width:.0f}px;min-width:{least:.0f}px">{"".join(parts)}</svg>'
    )


def bar_chart(bars: Sequence[Bar], floors: Sequence[tuple[str, float]], title: str) -> Markup:
    """Horizontal bars with intervals, floors as vertical lines with their names."""
    left, right = 8.0, WIDTH - 8.0
    lowest = min([0.0, *(bar.low for bar in bars)])
    top = 16.0 + 15.0 * len(floors)
    names = [in_lines(bar.label, NAME_LETTERS).split("\n") for bar in bars]
    starts = list(accumulate((LINE * len(lines) + 44.0 for lines in names), initial=top))
    bottom = starts[-1]

    def x(share: float) -> float:
        return left + (right - left) * (share - lowest) / (1 - lowest)

    parts, words = [], []  # words lie over lines, as one group
    for tick in range(0, 101, 20):
        at = x(tick / 100)
        parts.append(f'<line x1="{at:.1f}" y1="{top:.1f}" x2="{at:.1f}" y2="{bottom:.1f}" class="grid"/>')
        parts.append(text(at, bottom + 16, f"{tick}%", "small", {0: "start", 100: "end"}.get(tick, "middle")))
    for bar, lines, y in zip(bars, names, starts, strict=False):
        words += [text(left, y + LINE * row, line, "label") for row, line in enumerate(lines, start=1)]
        under = y + LINE * len(lines)
        middle = under + 31
        share = f"{100 * bar.value:.1f}% ({100 * bar.low:.1f} to {100 * bar.high:.1f})"
        words.append(text(left, under + 16, said(share), "small"))
        wide = max(0.0, x(bar.value) - x(0))
        parts.append(
            f'<rect x="{x(0):.1f}" y="{middle - 8:.1f}" width="{wide:.1f}" height="16" class="c{bar.colour}"/>'
        )
        ends = (x(bar.low), x(bar.high))
        parts.append(f'<path d="M{ends[0]:.1f} {middle:.1f}H{ends[1]:.1f}" class="whisker"/>')
        parts += [f'<path d="M{end:.1f} {middle - 5:.1f}V{middle + 5:.1f}" class="whisker"/>' for end in ends]
    for number, (name, reached) in enumerate(sorted(floors, key=lambda one: one[1])):
        at, y = x(reached), 12 + 15.0 * number
        parts.append(f'<line x1="{at:.1f}" y1="{y + 3:.1f}" x2="{at:.1f}" y2="{bottom:.1f}" class="floor"/>')
        side = (4, "start") if reached < 0.5 else (-4, "end")
        words.append(text(at + side[0], y + 4, f"{lettering(name)} {100 * reached:.1f}%", "small", side[1]))
    return drawing(WIDTH, bottom + 24, [*parts, "<g>", *words, "</g>"], title)


def round_values(low: float, high: float) -> list[float]:
    """Two to six values between two, in steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def line_chart(lines: Sequence[Line], marks: Sequence[tuple[float, str]], title: str, axes: tuple[str, str]) -> Markup:
    """Curves with vertical marks, and the names of several curves below; `axes` names x and y."""
    width, height = WIDTH, 240.0
    named = [line for line in lines if 1 < len(lines) <= MOST_NAMED]
    left, right, top, bottom = 44.0, width - 10, 24.0, height - 34
    xs = [value for line in lines for value in line.x] or [0.0, 1.0]
    ys = [value for line in lines for value in (*line.y, *chain(*line.spans))] or [0.0, 1.0]
    x_range, y_range = (min(xs), max(*xs, min(xs) + 1)), (min(ys), max(ys))
    if y_range[0] == y_range[1]:
        y_range = (y_range[0] - 0.5, y_range[1] + 0.5)

    def x(value: float) -> float:
        return left + (right - left) * (value - x_range[0]) / (x_range[1] - x_range[0])

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - y_range[0]) / (y_range[1] - y_range[0])

    parts = [text(left, height - 4, lettering(axes[0]), "small"), text(2, 12, lettering(axes[1]), "small")]
    for value in round_values(*y_range):
        parts.append(f'<line x1="{left}" y1="{y(value):.1f}" x2="{right}" y2="{y(value):.1f}" class="grid"/>')
        parts.append(text(left - 5, y(value) + 4, f"{value:,.10g}", "small", "end"))
    ticks = sorted({round(x_range[0] + (x_range[1] - x_range[0]) * step / 4) for step in range(5)})
    parts += [
        text(x(tick), bottom + 15, f"{tick:,}", "small", "end" if x(tick) > right - 1 else "middle") for tick in ticks
    ]
    for at, words in marks:
        parts.append(f'<line x1="{x(at):.1f}" y1="{top}" x2="{x(at):.1f}" y2="{bottom}" class="floor"/>')
        late = x(at) > 0.75 * right
        parts.append(text(x(at) + (-4 if late else 4), top + 9, lettering(words), "small", "end" if late else "start"))
    for number, line in enumerate(lines):
        points = " ".join(f"{x(one):.1f},{y(two):.1f}" for one, two in zip(line.x, line.y, strict=True))
        parts.append(f'<polyline points="{points}" class="line l{line.colour % COLOURS}"{_dash(line)}/>')
        for at, (low, high) in zip(line.x, line.spans, strict=False):
            whisker = f"M{x(at) + 3 * number:.1f} {y(low):.1f}V{y(high):.1f}"
            parts.append(f'<path d="{whisker}" class="line l{line.colour % COLOURS}"/>')
        if len(line.x) == 1:
            parts.append(
                f'<circle cx="{x(line.x[0]):.1f}" cy="{y(line.y[0]):.1f}" r="3" class="c{line.colour % COLOURS}"/>'
            )
    parts += _names_below(named, left, height)
    return drawing(width, height + LINE * len(named) + (4 if named else 0), parts, title)


def _names_below(named: Sequence[Line], left: float, height: float) -> list[Markup | str]:
    parts: list[Markup | str] = []
    for row, line in enumerate(named):
        at = height + LINE * (row + 0.5)
        parts.append(f'<path d="M{left} {at:.1f}h28" class="line l{line.colour % COLOURS}"{_dash(line)}/>')
        parts.append(text(left + 36, at + 4, lettering(line.label), "small"))
    return parts


def _dash(line: Line) -> str:
    return ' stroke-dasharray="5 4"' if line.dashed else ""


def count_table(
    rows: Sequence[Sequence[int]], names: Sequence[str], title: str, links: Mapping[tuple[int, int], str] | None = None
) -> Markup:
    """A confusion matrix: rows true, columns predicted, darker for a larger share of the row.

    Args:
        rows: Counts by true and predicted class.
        names: Names of the classes.
        title: For who does not see it.
        links: What a cell leads to, by its row and column, and is called ``TRUE, taken for PREDICTED``.
    """
    cell, left, top = 70.0, 130.0, 60.0
    short = short_names(names)
    parts = [text(left, 12, lettering("predicted"), "small"), text(4, top - 8, lettering("true"), "small")]
    for column, name in enumerate(short):
        y = top - 8 - 14 * (column % 2)  # two rows: a name may be wider than its column
        parts.append(_named(text(left + cell * (column + 0.5), y, name, "small", "middle"), names[column]))
    for number, row in enumerate(rows):
        y = top + 40 * number
        parts.append(_named(text(left - 8, y + 24, short[number], "small", "end"), names[number]))
        total = max(1, sum(row))
        for column, count in enumerate(row):
            kind = "hit" if column == number else "miss"
            opacity = 0.1 + (DARKEST - 0.1) * count / total if count else 0.0
            x = left + cell * column
            parts.append(
                f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{cell - 2}" height="38" class="{kind}" '
                f'fill-opacity="{opacity:.2f}"/>'
            )
            parts.append(f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{cell - 2}" height="38" class="cell"/>')
            shown = text(x + cell / 2, y + 25, f"{count:,}", "label", "middle")
            if link := (links or {}).get((number, column)):
                called = escape(said(f"{names[number]}, taken for {names[column]}: show the photos"))
                whole = f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{cell - 2}" height="38" class="area"/>'
                shown = f'<a href="#{link}" data-cell="{link}" aria-label="{called}">{whole}{shown}</a>'
            parts.append(shown)
    role = "group" if links else "img"
    return drawing(left + cell * len(names) + 28, top + 40 * len(rows) + 6, parts, title, role)


def _named(drawn: str, name: str) -> str:
    """With the whole name, for who points at it."""
    return f"<g><title>{escape(name)}</title>{drawn}</g>"


def share_table(
    rows: Sequence[Sequence[float]],
    names: Sequence[str],
    columns: Sequence[str],
    title: str,
    below: Sequence[Sequence[str]] = (),
) -> Markup:
    """Shares as a table of cells, darker for larger; `below`: what stands under each share."""
    cell, left, top = 54.0, 84.0, 40.0
    parts = [text(left, 12, lettering("strength of the disturbance"), "small")]
    for column, name in enumerate(columns):
        parts.append(text(left + cell * (column + 0.5), top - 8, name, "small", "middle"))
    for number, row in enumerate(rows):
        y = top + 34 * number
        parts.append(text(left - 8, y + 21, names[number], "small", "end"))
        for column, share in enumerate(row):
            x = left + cell * column
            box = f'x="{x + 1:.1f}" y="{y + 1:.1f}" width="{cell - 2}" height="32"'
            parts.append(f'<rect {box} class="hit" fill-opacity="{0.08 + (DARKEST - 0.08) * share**3:.2f}"/>')
            parts.append(f'<rect {box} class="cell"/>')
            parts.append(text(x + cell / 2, y + (14 if below else 21), f"{100 * share:.1f}%", "small", "middle"))
            if below:
                parts.append(text(x + cell / 2, y + 28, below[number][column], "small", "middle"))
    return drawing(left + cell * len(columns) + 6, top + 34 * len(rows) + 6, parts, title)
