"""Letters that files can hold."""

from __future__ import annotations

import re

NO_LETTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(text: str, instead: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """Text that XML, fonts and UTF-8 can hold: what steers a terminal and halves of letters are replaced.

    Blanks of any width stay, and so do letters without width, on which the shape of their neighbours depends.
    """
    return NO_LETTERS.sub(instead, text)
