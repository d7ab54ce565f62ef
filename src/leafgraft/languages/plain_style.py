"""Korean as papers are written: sentences that end in 한다 and 이다, not in 합니다 and 입니다."""

from __future__ import annotations

import re
from collections.abc import Iterable

FIRST, FINALS, PIEUP, NIEUN = 0xAC00, 28, 17, 4  # of Unicode's Hangul syllables: the first one, and last consonants
DESCRIBING = (  # adjectives
    *("다릅", "큽", "빠릅", "느립", "나쁩", "아닙", "만합", "듯합", "흐립"),
    *("필요합", "정확합", "가능합", "충분합", "비슷합", "분명합", "깔끔합"),
)
SHOWING = {"보입", "높입", "움직입", "쓰입", "묶입", "붙입"}  # verbs that end like the 이다 after a noun
ACTING = ("않", "찾", "읽", "얻", "묻", "받", "남", "막", "넘", "붙", "놓", "뽑", "잇", "심")  # verbs on a consonant
POLITE = re.compile(r"(\w+)니다(?!\w)")
ASKING = {
    "하세요": "해야 한다",
    "보세요": "보아야 한다",
    "쓰세요": "써야 한다",
    "빼세요": "빼야 한다",
    "늘리세요": "늘려야 한다",
    "바꾸세요": "바꾸어야 한다",
}
INTERVAL, OF_PAPERS = "95% 구간", "95% 신뢰구간"
ASKED = re.compile(rf"({'|'.join(ASKING)})(?!\w)")


def in_plain_style(text: str, names: Iterable[str] = ()) -> str:
    """Polite endings of sentences as plain ones, and the word of papers for an interval; all else stays.

    Args:
        text: Korean sentences.
        names: What people named, as it stands in them: it stays, though it may end as a sentence does.
    """
    ending = sorted({name for name in names if _turned(name) != name}, key=len, reverse=True)
    if not ending:
        return _turned(text)
    pieces = re.split(f"({'|'.join(map(re.escape, ending))})", text)  # every second one is a name
    return "".join(piece if place % 2 else _turned(piece) for place, piece in enumerate(pieces))


def _turned(text: str) -> str:
    asked = ASKED.sub(lambda found: ASKING[found[1]], text.replace(INTERVAL, OF_PAPERS))
    return POLITE.sub(lambda found: _plain(found[1]), asked)


def _plain(word: str) -> str:
    """A word up to its 니다."""
    if word.endswith("습"):
        stem = word[:-1]
        return f"{stem}는다" if stem.endswith(ACTING) else f"{stem}다"
    syllable = ord(word[-1]) - FIRST
    if syllable % FINALS != PIEUP:
        return f"{word}니다"
    if word.endswith(DESCRIBING) or (word[-1] == "입" and word not in SHOWING):
        return f"{word[:-1]}{chr(FIRST + syllable - PIEUP)}다"
    return f"{word[:-1]}{chr(FIRST + syllable - PIEUP + NIEUN)}다"
