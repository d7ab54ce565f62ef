"""Tables as LaTeX, with the rules of booktabs."""

from __future__ import annotations

import re
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
# Between letters that LaTeX would make one of: dashes, quotes, and signs that stand on their head.
LIGATURES = "(?<=[-\N{EN DASH}])(?=[-\N{EN DASH}])|(?<=')(?=')|(?<=[`!?])(?=`)"
MOST_IN_A_COLUMN = 4  # columns of a table; a wider one spans both columns of a page
MOST_IN_A_LINE = 2  # columns of words
LONG = 40  # letters of a name in one line
WIDE, WORDS = 0.2, 0.85  # shares of a line: of a column of long names, of all columns of words
SETUP = "% \\usepackage{booktabs}"
HANGUL = "% Letters beyond Latin: XeLaTeX or LuaLaTeX with a font that has them, or \\usepackage{kotex} for Hangul."


def escape(text: str) -> str:
    """Text that LaTeX sets as it is; what steers a line, and blanks of any width, become a space."""
    pieces = re.split(LIGATURES, printable(text, " "))
    return "{}".join(
        "".join(SPECIAL.get(letter, " " if letter.isspace() else letter) for letter in piece) for piece in pieces
    )


def to_latex(table: Table, language: str) -> str:
    """A table as an environment that a paper takes in as a file of its own."""
    head, *rows = table.printed(language)
    with speaking(language, plainly=True):
        caption = said(table.caption)
    longest = [max(map(len, cells)) for cells in zip(head, *rows, strict=True)]
    alignments, is_long = _alignments(table.columns, longest), max(longest) > LONG
    environment = "table*" if is_long or len(table.columns) > MOST_IN_A_COLUMN else "table"
    lines = [
        rf"\begin{{{environment}}}",
        r"\centering",
        r"\footnotesize",
        rf"\caption{{{escape(caption)}}}",
        rf"\label{{tab:{table.name.replace('_', '-')}}}",
        rf"\begin{{tabular}}{{{alignments}}}",
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


def _alignments(columns: Sequence[Column], longest: Sequence[int]) -> str:
    """Words to the left, figures to the right; long names and several columns of words are wrapped."""
    is_word = [column.kind == "text" for column in columns]
    several = sum(is_word) > MOST_IN_A_LINE  # of which the first alone may have more room than the others
    is_long = [is_word[one] and longest[one] > LONG and not (several and one) for one in range(len(columns))]
    rest = (WORDS - WIDE * sum(is_long)) / max(1, len(columns) - sum(is_long))

    def alignment(column: int) -> str:
        if not is_word[column]:
            return "r"
        return _paragraph(WIDE if is_long[column] else rest) if is_long[column] or several else "l"

    return "".join(map(alignment, range(len(columns))))


def _paragraph(share: float) -> str:
    return rf"p{{{share:.2f}\linewidth}}"


def _line(cells: list[str]) -> str:
    return " & ".join(map(escape, cells)) + r" \\"
