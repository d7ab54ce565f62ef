"""Names where room is short: cut, and still told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

LETTERS, BEGINNING, MOST_BACK = 14, 4, 5


def short_names(names: Sequence[str]) -> list[str]:
    """Names of at most 14 letters; of those that begin alike, what they have in common is left out.

    Example:
        >>> short_names(["Corn_(maize)___healthy", "Corn_(maize)___Common_rust_", "Apple"])
        ['Corn…healthy', 'Corn…Common_r…', 'Apple']
    """
    shown = [_cut(name) for name in names]
    for short in _alike(shown):
        places = [place for place, one in enumerate(shown) if one == short]
        begin = _differs_from([names[place] for place in places])
        for place in places:
            shown[place] = _cut(f"{names[place][:BEGINNING]}…{names[place][begin:]}")
    for short in _alike(shown):
        places = [place for place, one in enumerate(shown) if one == short]
        for number, place in enumerate(places, 1):
            shown[place] = f"{short[: LETTERS - 3]} {number}"
    return shown


def _cut(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


def _alike(shown: Sequence[str]) -> list[str]:
    return [short for short, count in Counter(shown).items() if count > 1]


def _differs_from(names: Sequence[str]) -> int:
    """Where names begin to differ: at the begin of that word, unless it is far back."""
    first, last = min(names), max(names)  # all others begin as these two do
    differs = (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    common = next(differs, min(len(first), len(last)))
    word = next((place for place in range(common, 0, -1) if not first[place - 1].isalnum()), common)
    return word if common - word <= MOST_BACK else common
