"""Letters of names on figures: DejaVu Sans has Latin, Greek and Cyrillic ones; other fonts of the system the rest."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from matplotlib.font_manager import FontEntry, fontManager
from matplotlib.ft2font import FT2Font

OWN = "DejaVu Sans"
# Asked first, the rest of the system's fonts after them.
HANGUL = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "AppleGothic",
    "NanumGothic",
    "Noto Sans CJK JP",
)


@cache
def _letters_of(path: str, face: int) -> frozenset[int]:
    """Code points that a font draws; none where it cannot be read."""
    try:
        return frozenset(FT2Font(path, face_index=face).get_charmap())
    except (OSError, RuntimeError, TypeError):  # versions before 3.11 know one face of a file
        return frozenset() if face else frozenset(FT2Font(path).get_charmap()) if Path(path).is_file() else frozenset()


def _plain_fonts() -> list[FontEntry]:
    """Upright fonts of the system, those for Hangul first, then by name."""
    upright = [one for one in fontManager.ttflist if one.style == "normal" and one.weight in {400, "normal", "regular"}]
    order = {name: place for place, name in enumerate(HANGUL)}
    return sorted(upright, key=lambda one: (order.get(one.name, len(order)), one.name, one.fname))


def choose_fonts(texts: Iterable[str]) -> tuple[list[str], str]:
    """Fonts that together have all letters of `texts`, and the letters that none of the system has."""
    own = next(one for one in fontManager.ttflist if one.name == OWN and one.style == "normal")
    wanted = {letter for text in texts for letter in text if not letter.isspace()}
    lacking = {one for one in wanted if ord(one) not in _letters_of(own.fname, own.index)}
    names = [OWN]
    for font in _plain_fonts():
        if not lacking:
            break
        found = {one for one in lacking if ord(one) in _letters_of(font.fname, font.index)}
        if found:
            names.append(font.name)
            lacking -= found
    return names, "".join(sorted(lacking))
