"""Names where room is short: cut and still told apart, or in several lines; letters of twice the width count twice."""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from collections.abc import Sequence

LETTERS, BEGINNING, MOST_BACK = 14, 4, 5
FILLER = "\0"  # stands for the second half of a letter while lines are measured


def short_names(names: Sequence[str]) -> list[str]:
    """Names of at most 14 letters; of those that begin alike, what they have in common is left out.

    Example:
        >>> short_names(["Corn_(maize)___healthy", "Corn_(maize)___Common_rust_", "Apple"])
        ['Corn…healthy', 'Corn…Common_r…', 'Apple']
        >>> short_names(["토마토_잎마름역병", "감자역병"])
        ['토마토_잎마름…', '감자역병']
    """
    shown = [_cut(name) for name in names]
    for short in _alike(shown):
        places = [place for place, one in enumerate(shown) if one == short]
        begin = _differs_from([names[place] for place in places])
        for place in places:
            beginning = _as_wide(names[place], BEGINNING)
            shown[place] = _cut(f"{beginning}…{names[place][begin:]}")
    for short in _alike(shown):
        places = [place for place, one in enumerate(shown) if one == short]
        for number, place in enumerate(places, 1):
            shown[place] = f"{_as_wide(short, LETTERS - 3)} {number}"
    return shown


def in_lines(name: str, letters: int) -> str:
    """A name in lines of at most so many letters."""
    spread = "".join(f"{letter}{FILLER}" if _letters(letter) > 1 else letter for letter in name)
    return textwrap.fill(spread, letters, break_on_hyphens=False).replace(FILLER, "")


def _letters(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _cut(name: str) -> str:
    return name if _letters(name) <= LETTERS else f"{_as_wide(name, LETTERS - 1)}…"


def _as_wide(name: str, letters: int) -> str:
    """The beginning of a name that takes the room of at most so many letters."""
    return next(name[:end] for end in range(len(name), -1, -1) if _letters(name[:end]) <= letters)


def _alike(shown: Sequence[str]) -> list[str]:
    return [short for short, count in Counter(shown).items() if count > 1]


def _differs_from(names: Sequence[str]) -> int:
    """Where names begin to differ: at the begin of that word, unless it is far back."""
    first, last = min(names), max(names)  # all others begin as these two do
    differs = (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    common = next(differs, min(len(first), len(last)))
    word = next((place for place in range(common, 0, -1) if not first[place - 1].isalnum()), common)
    return word if common - word <= MOST_BACK else common
