"""Letters of names on figures: DejaVu Sans has Latin, Greek and Cyrillic ones; other fonts of the system the rest."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from matplotlib.font_manager import FontEntry, findSystemFonts, fontManager
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


def _with_new_fonts() -> list[FontEntry]:
    """The same, with those that were installed after matplotlib took down its list."""
    known = {one.fname for one in fontManager.ttflist}
    for path in findSystemFonts():
        if path not in known:
            with suppress(OSError, RuntimeError):
                fontManager.addfont(path)
    return _plain_fonts()


def choose_fonts(texts: Iterable[str]) -> tuple[list[str], str]:
    """Fonts that together have all letters of `texts`, and the letters that none of the system has."""
    own = next(one for one in fontManager.ttflist if one.name == OWN and one.style == "normal")
    wanted = {letter for text in texts for letter in text if not letter.isspace()}
    lacking = {one for one in wanted if ord(one) not in _letters_of(own.fname, own.index)}
    names = [OWN]
    for listed in (_plain_fonts, _with_new_fonts):
        for font in listed() if lacking else ():
            found = {one for one in lacking if ord(one) in _letters_of(font.fname, font.index)}
            if found:
                names.append(font.name)
                lacking -= found
    return names, "".join(sorted(lacking))
