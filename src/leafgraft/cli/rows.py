"""Tables whose first column holds names that are never cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.text import Text

from leafgraft.cli.streams import answer
from leafgraft.languages.speaking import said, word
from leafgraft.records.display import TABLE, Rows

GAP = "  "


def counts_in_words(reasons: Iterable[str]) -> str:
    """How often each reason occurs, in the language that is spoken: ``54 typical, 6 random``."""
    return ", ".join(said(f"{number} {reason}") for reason, number in Counter(reasons).items())


def print_rows(columns: Sequence[str], rows: Rows, wide: tuple[Sequence[str], Rows] | None = None) -> None:
    """Print a table: the first column to the left, the others to the right. What people named is a `Name` in it.

    Where a name and its figures do not fit into one line of the terminal, every name stands on a line of its own,
    whole, and its figures below it.

    Args:
        columns: Names of the columns.
        rows: Cells by column.
        wide: Columns and rows that say more, where there is room for them in one line each.
    """
    if wide and _width(_widths(*_worded(*wide))) <= answer.width:
        columns, rows = wide
    columns, rows = _worded(columns, rows)
    widths = _widths(columns, rows)
    beside = _width(widths) <= answer.width
    if not beside:
        widths[0] = 0
    answer.print(Text(_line(columns, widths, beside=beside), "bold"), soft_wrap=True)
    for row in rows:
        answer.print(Text(_line(row, widths, beside=beside)), soft_wrap=True)


def _worded(columns: Sequence[str], rows: Rows) -> tuple[list[str], list[list[str]]]:
    return [word(one, TABLE) for one in columns], [[word(one, TABLE) for one in row] for row in rows]


def _widths(columns: Sequence[str], rows: Rows) -> list[int]:
    return [max(cell_len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]


def _width(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _line(row: Sequence[str], widths: Sequence[int], *, beside: bool) -> str:
    name, *figures = row
    right = GAP.join(" " * (width - cell_len(text)) + text for text, width in zip(figures, widths[1:], strict=True))
    if beside:
        return f"{name}{' ' * (widths[0] - cell_len(name))}{GAP}{right}".rstrip()
    return f"{name}\n{GAP}{right}"
