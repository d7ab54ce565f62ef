"""How figures look: widths of journals, letters that stay letters, marks that are told apart in grey."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from leafgraft.report.paper.letters import printable
from leafgraft.report.short_names import in_lines

Format = Literal["svg", "pdf", "png"]
FORMATS: tuple[Format, ...] = ("svg", "pdf", "png")
ONE_COLUMN_MM, TWO_COLUMNS_MM = 85, 174
TALLEST_MM = 234
DPI = 300
MM_PER_INCH = 25.4
LETTERS_PT = 7.0
LETTERS_PER_MM = 0.26  # of a name beside its row, at most, of the width of the figure
LEGEND_LETTERS = 2.0  # a name of a legend that has its lines for itself may be so many times as wide
FEWEST_LETTERS = 10  # of a line
STYLE: dict[str, Any] = {
    "pdf.fonttype": 42,  # letters as TrueType, which can be searched and edited
    "svg.fonttype": "path",  # letters as outlines, which need no font where they are seen
    "svg.hashsalt": "leafgraft",  # the same study gives the same bytes
    "text.parse_math": False,  # names may hold $ and _
    "font.size": LETTERS_PT,
    "axes.titlesize": LETTERS_PT,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "lines.linewidth": 0.9,
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.fontsize": 6.5,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """How one kind of point is drawn: its shape alone tells it, and its colour too.

    Attributes:
        shape: One of matplotlib's markers.
        colour: Colour of the shape and its interval.
        line: Dashes, where points are joined.
    """

    shape: str
    colour: str
    line: str = "-"


# Colours of Okabe and Ito, which people with any kind of colour vision tell apart.
MARKS = (
    Mark("o", "#0072B2", "-"),
    Mark("s", "#D55E00", "--"),
    Mark("^", "#009E73", "-."),
    Mark("D", "#CC79A7", ":"),
    Mark("v", "#56B4E9", "--"),
    Mark("P", "#000000", ":"),
)
GREY = Mark("x", "#666666")


def mark_of(place: int) -> Mark:
    """The mark of the kind at a place; the last one stands for all beyond."""
    return MARKS[min(place, len(MARKS) - 1)]


@contextmanager
def styled(fonts: Sequence[str]) -> Iterator[None]:
    """Draw and write in the style, with these fonts; matplotlib's own settings are as before afterwards."""
    settings: Any = {**STYLE, "font.family": list(fonts)}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # said before, in our words
        yield


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of that size."""
    size = width_mm / MM_PER_INCH, min(height_mm, TALLEST_MM) / MM_PER_INCH
    return Figure(figsize=size, layout="constrained")


def add_legend(figure: Figure, handles: Sequence[Artist], names: Sequence[str], width_mm: float) -> float:
    """Names above a figure, in as many columns as leave all of them whole; the figure grows by their height, in mm."""
    several = [(columns, width_mm) for columns in range(len(names), 1, -1)]
    for columns, room_mm in (*several, (1, LEGEND_LETTERS * width_mm), (1, width_mm)):
        shown = [wrapped(name, room_mm) for name in names]
        legend = figure.legend(handles, shown, loc="outside upper right", ncols=columns)
        size = legend.get_window_extent()
        if size.width <= figure.bbox.width or (columns, room_mm) == (1, width_mm):
            break
        legend.remove()
    height_mm = float(size.height) / figure.dpi * MM_PER_INCH
    resize(figure, figure.get_figheight() * MM_PER_INCH + height_mm)
    return height_mm


def resize(figure: Figure, height_mm: float) -> None:
    """Make a figure so high, a page at most."""
    figure.set_figheight(min(height_mm, TALLEST_MM) / MM_PER_INCH)


def render(draw: Callable[[], Figure], fonts: Sequence[str], formats: Sequence[Format]) -> dict[Format, bytes]:
    """A figure as files, the same bytes for the same figure."""
    undated: dict[Format, dict[str, Any]] = {
        "svg": {"Date": None},
        "pdf": {"CreationDate": None},
        "png": {"Software": None},
    }
    made: dict[Format, bytes] = {}
    with styled(fonts):
        figure = draw()
        for kind in formats:
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, dpi=DPI, metadata=undated[kind])
            made[kind] = buffer.getvalue()
    return made


def wrapped(name: str, width_mm: float, letters_pt: float = LETTERS_PT) -> str:
    """A name in lines that leave room for what stands beside it, its blanks all alike."""
    letters = int(width_mm * LETTERS_PER_MM * LETTERS_PT / letters_pt)
    return in_lines(re.sub(r"\s", " ", printable(name)), max(FEWEST_LETTERS, letters))
