"""Tables as LaTeX, with the rules of booktabs."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.languages.speaking import said, speaking
from leafgraft.report.paper.letters import printable
from leafgraft.report.paper.tables.table import Column, Table

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"$\sim$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # after a line's end it would be an option of it
    "]": "{]}",
    "\N{MINUS SIGN}": "$-$",
    "\N{EN DASH}": "--",
    "\N{NO-BREAK SPACE}": "~",
    "\N{NON-BREAKING HYPHEN}": r"\mbox{-}",
}
MOST_IN_A_COLUMN = 4  # columns of a table; a wider one spans both columns of a page
MOST_IN_A_LINE = 2  # columns of words
SETUP = "% \\usepackage{booktabs}"
HANGUL = "% Letters beyond Latin: XeLaTeX or LuaLaTeX with a font that has them, or \\usepackage{kotex} for Hangul."


def escape(text: str) -> str:
    """Text that LaTeX sets as it is; what steers a line, and blanks of any width, become a space."""
    return "".join(SPECIAL.get(letter, " " if letter.isspace() else letter) for letter in printable(text, " "))


def to_latex(table: Table, language: str) -> str:
    """A table as an environment that a paper takes in as a file of its own."""
    head, *rows = table.printed(language)
    with speaking(language):
        caption = said(table.caption)
    environment = "table*" if len(table.columns) > MOST_IN_A_COLUMN else "table"
    lines = [
        rf"\begin{{{environment}}}",
        r"\centering",
        r"\footnotesize",
        rf"\caption{{{escape(caption)}}}",
        rf"\label{{tab:{table.name.replace('_', '-')}}}",
        rf"\begin{{tabular}}{{{_alignments(table.columns)}}}",
        r"\toprule",
        _line(head),
        r"\midrule",
        *map(_line, rows),
        r"\bottomrule",
        r"\end{tabular}",
        rf"\end{{{environment}}}",
    ]
    text = "\n".join(lines) + "\n"
    return "\n".join([SETUP, *([] if text.isascii() else [HANGUL]), text])


def _alignments(columns: Sequence[Column]) -> str:
    """Words to the left, figures to the right; where several columns hold words, these are wrapped."""
    words = sum(column.kind == "text" for column in columns)
    wrapped = rf"p{{{0.85 / len(columns):.2f}\linewidth}}" if words > MOST_IN_A_LINE else "l"
    return "".join(wrapped if column.kind == "text" else "r" for column in columns)


def _line(cells: list[str]) -> str:
    return " & ".join(map(escape, cells)) + r" \\"
