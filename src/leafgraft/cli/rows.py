"""Tables whose first column holds names that are never cut."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from leafgraft.cli.streams import answer

GAP = "  "


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column to the left, the others to the right.

    Where a name and its figures do not fit into one line of the terminal, every name stands on a line of its own,
    whole, and its figures below it.
    """
    widths = [max(cell_len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
    beside = sum(widths) + len(GAP) * (len(widths) - 1) <= answer.width
    if not beside:
        widths[0] = 0
    answer.print(_line(columns, widths, beside=beside), style="bold", markup=False, soft_wrap=True)
    for row in rows:
        answer.print(_line(row, widths, beside=beside), markup=False, soft_wrap=True)


def _line(row: Sequence[str], widths: Sequence[int], *, beside: bool) -> str:
    name, *figures = row
    right = GAP.join(" " * (width - cell_len(text)) + text for text, width in zip(figures, widths[1:], strict=True))
    if beside:
        return f"{name}{' ' * (widths[0] - cell_len(name))}{GAP}{right}".rstrip()
    return f"{name}\n{GAP}{right}"
