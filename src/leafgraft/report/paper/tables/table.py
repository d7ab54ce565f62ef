"""A table of a paper: values as the study's files have them, and as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from leafgraft.report.paper.terms import Language, Sentence, in_language, term
from leafgraft.storage.files.table_file import csv_text

Kind = Literal["text", "count", "percent", "share", "points", "p", "number"]
SMALLEST_P = 0.001
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


Cell = str | int | float | Estimate | Sentence | None  # a sentence: words in both languages


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: In the CSV; an interval adds ``KEY_low`` and ``KEY_high``.
        title: Where it is printed, a term.
        kind: How values are printed: ``percent`` and ``points`` are of shares from 0 to 1.
        interval: Whether it has estimates.
        is_name: Whether the title is a name of the study and no term.
    """

    key: str
    title: str
    kind: Kind = "text"
    interval: bool = False
    is_name: bool = False

    def heading(self, language: Language) -> str:
        """What stands above it in print."""
        words = self.title if self.is_name else term(self.title, language)
        if self.kind == "percent" and not self.is_name and not words.endswith(("%", "(%)")):
            words += ", %" if language == "en" else "(%)"
        if self.interval:
            words += " (95% interval)" if language == "en" else " (95% 신뢰구간)"
        return words


NAME = Column("recipe", "recipe")


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        name: Of its files.
        caption: What it shows, in both languages.
        columns: From left to right; the first names the row.
        rows: Cells by column.
    """

    name: str
    caption: Sentence
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

    def printed(self, language: Language) -> list[list[str]]:
        """Headings, then rows, rounded."""
        headings = [column.heading(language) for column in self.columns]
        rows = [
            [_shown(cell, of.kind, language) for cell, of in zip(row, self.columns, strict=True)] for row in self.rows
        ]
        return [headings, *rows]

    def _plain(self, row: Sequence[Cell]) -> list[str | int | float | None]:
        return [value for cell, column in zip(row, self.columns, strict=True) for value in _values(cell, column)]


def _keys(column: Column) -> list[str]:
    return [column.key, *((f"{column.key}_low", f"{column.key}_high") if column.interval else ())]


def _values(cell: Cell, column: Column) -> list[str | int | float | None]:
    if isinstance(cell, Estimate):
        return [cell.value, cell.low, cell.high]
    if isinstance(cell, Sentence):
        return [cell.english]
    return [cell, None, None] if column.interval else [cell]


def _shown(cell: Cell, kind: Kind, language: Language) -> str:
    if cell is None:
        return NOTHING
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Sentence):
        return in_language(cell, language)
    if isinstance(cell, Estimate):
        to = "~" if language == "ko" else " to "
        return f"{_number(cell.value, kind)} ({_number(cell.low, kind)}{to}{_number(cell.high, kind)})"
    return _number(cell, kind)


def _number(value: float, kind: Kind) -> str:
    if kind == "p":
        return f"<{SMALLEST_P}" if value < SMALLEST_P else f"{value:.3f}"
    if kind == "points":
        return f"{100 * value:+.1f}".replace("-", "\N{MINUS SIGN}")
    shown = {"percent": f"{100 * value:.1f}", "share": f"{value:.3f}", "count": f"{value:,.0f}"}
    return shown.get(kind, f"{value:.3g}")
