"""Tables whose first column holds names that are never cut."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from leafgraft.cli.streams import answer
from leafgraft.languages.speaking import word
from leafgraft.records.display import TABLE

GAP = "  "


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column to the left, the others to the right. What people named is a `Name` in it.

    Where a name and its figures do not fit into one line of the terminal, every name stands on a line of its own,
    whole, and its figures below it.
    """
    columns, rows = [word(one, TABLE) for one in columns], [[word(one, TABLE) for one in row] for row in rows]
    widths = [max(cell_len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
    beside = sum(widths) + len(GAP) * (len(widths) - 1) <= answer.width
    if not beside:
        widths[0] = 0
    answer.print(Text(_line(columns, widths, beside=beside), "bold"), soft_wrap=True)
    for row in rows:
        answer.print(Text(_line(row, widths, beside=beside)), soft_wrap=True)


def _line(row: Sequence[str], widths: Sequence[int], *, beside: bool) -> str:
    name, *figures = row
    right = GAP.join(" " * (width - cell_len(text)) + text for text, width in zip(figures, widths[1:], strict=True))
    if beside:
        return f"{name}{' ' * (widths[0] - cell_len(name))}{GAP}{right}".rstrip()
    return f"{name}\n{GAP}{right}"
