"""A table of a paper: values as the study's files have them, and as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from leafgraft.languages.speaking import said, speaking
from leafgraft.report.paper.terms import Words, term
from leafgraft.report.svg import lettering
from leafgraft.storage.files.table_file import csv_text

Kind = Literal["text", "count", "percent", "rough", "share", "points", "p", "number"]
SMALLEST_P = 0.001
LARGE = 1000  # from here on numbers are whole
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


Cell = str | int | float | Estimate | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: In the CSV; an interval adds ``KEY_low`` and ``KEY_high``.
        title: Where it is printed, a term.
        kind: How values are printed: ``percent`` and ``points`` are of shares from 0 to 1.
        interval: Whether it has estimates.
        is_name: Whether the title is a name of the study and no term.
        narrow: Whether ends of intervals have no decimals, under a heading that names none.
    """

    key: str
    title: str
    kind: Kind = "text"
    interval: bool = False
    is_name: bool = False
    narrow: bool = False

    def heading(self) -> str:
        """What stands above it in print, in the language that is spoken now."""
        unit = term(", %") if self.kind == "percent" else ""
        words = self.title if self.is_name else f"{term(self.title)}{unit}"
        return f"{words}{term(' (95% interval)')}" if self.interval and not self.narrow else words


NAME = Column("recipe", "recipe")


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        name: Name of its files.
        caption: What it shows, in English.
        columns: From left to right; the first names the row.
        rows: Cells by column.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def to_csv(self) -> str:
        """All values as the study's files have them, not rounded; what is not known is empty."""
        keys = [key for column in self.columns for key in _keys(column)]
        return csv_text(keys, [self._plain(row) for row in self.rows])

    def records(self) -> list[dict[str, str | int | float | None]]:
        """The same values, row by row."""
        keys = [key for column in self.columns for key in _keys(column)]
        return [dict(zip(keys, self._plain(row), strict=True)) for row in self.rows]

    def printed(self, language: str) -> list[list[str]]:
        """Headings, then rows, rounded."""
        with speaking(language):
            headings = [column.heading() for column in self.columns]
            return [headings, *([_shown(*one) for one in zip(row, self.columns, strict=True)] for row in self.rows)]

    def _plain(self, row: Sequence[Cell]) -> list[str | int | float | None]:
        return [value for cell, column in zip(row, self.columns, strict=True) for value in _values(cell, column)]


def _keys(column: Column) -> list[str]:
    return [column.key, *((f"{column.key}_low", f"{column.key}_high") if column.interval else ())]


def _values(cell: Cell, column: Column) -> list[str | int | float | None]:
    if isinstance(cell, Estimate):
        return [cell.value, cell.low, cell.high]
    return [cell, None, None] if column.interval else [cell]


def _shown(cell: Cell, column: Column) -> str:
    if cell is None:
        return NOTHING
    if isinstance(cell, str):
        return lettering(cell) if isinstance(cell, Words) else cell
    if isinstance(cell, Estimate):
        low, high = (_number(one, "rough" if column.narrow else column.kind) for one in (cell.low, cell.high))
        return f"{_number(cell.value, column.kind)} ({said(f'{low} to {high}')})"
    return _number(cell, column.kind)


def _number(value: float, kind: Kind) -> str:
    if kind == "p":
        return f"<{SMALLEST_P}" if value < SMALLEST_P else f"{value:.3f}"
    if kind == "points":
        return f"{100 * value:+.1f}".replace("-", "\N{MINUS SIGN}")
    shown = {
        "percent": f"{100 * value:.1f}",
        "rough": f"{100 * value:.0f}",
        "share": f"{value:.3f}",
        "count": f"{value:,.0f}",
    }
    return shown.get(kind, f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.3g}")
