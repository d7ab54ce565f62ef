"""Korean particles that depend on the sound before them: 역병을, 잎마름병은, 3으로."""

from __future__ import annotations

import re

FIRST, LAST = 0xAC00, 0xD7A3  # Hangul syllables; each block of 28 shares the sounds before the final consonant
FINALS = 28
RIEUL = 8  # the final consonant after which 로 stands, not 으로
NUMBERS = dict(zip("0123456789", (21, RIEUL, 0, 16, 0, 0, 1, RIEUL, RIEUL, 0), strict=True))  # 영 일 이 …
LETTERS = {"l": RIEUL, "m": 16, "n": 4, "r": RIEUL}  # 엘 엠 엔 알; the others end in a vowel
STOPPED = re.compile(r"[b-df-hj-np-tv-z][aeiou][pkc]|[aeiou]ck|[aeiou]ng")  # 플립 베이식 블랙 믹싱, but not 시프
STOPPED_BY_T = re.compile(r"(?!bit|dot|mat|set)[b-df-hj-np-tv-z][aeiou]t")  # 스팟 넷, but not 세트
OPEN = re.compile(r"[a-z][aeiou]r")  # 리니어
MUTE_E = re.compile(r"[a-z]([lmn])e")  # 애플 프레임 파인
STOP = 17  # any final consonant but ㄹ

_SILENT = r"[\"'’”)\]%]|&#3[49];|</\w+>"  # quotes and brackets, as text and in HTML, and the end of an element
_EITHER = re.compile(rf"([A-Za-z]{{3}}|\S)?((?:{_SILENT})*)(을\(를\)|은\(는\)|이\(가\)|과\(와\)|\(으\)로|\(이\))")
_FORMS = {
    "을(를)": ("을", "를"),
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)": ("이", ""),
}


def with_particles(text: str) -> str:
    """The text with each ``을(를)`` and its like as the sound before it asks.

    A per cent sign is read as 퍼센트; quotes, brackets and the ends of HTML elements are not read. Words in Latin
    letters are read by their end: 플립, 믹싱. After a letter whose sound is not known, both forms stay.

    Example:
        >>> with_particles("역병을(를) 사진 3(으)로 'Healthy'은(는) 95%이(가)")
        "역병을 사진 3으로 'Healthy'는 95%가"
    """
    return _EITHER.sub(_fitting, text)


def _fitting(found: re.Match[str]) -> str:
    before, silent, either = found[1] or "", found[2], found[3]
    final = 0 if "%" in silent or before == "%" else _final(before)
    if final is None:
        return found[0]
    with_final, without = _FORMS[either]
    takes = final != 0 and not (either == "(으)로" and final == RIEUL)
    return before + silent + (with_final if takes else without)


def _final(end: str) -> int | None:
    """The final consonant of the end of a word as it is read, 0 for a vowel; None where it cannot be known."""
    word, letter = end.lower(), end[-1:]
    if letter and FIRST <= ord(letter) <= LAST:
        return (ord(letter) - FIRST) % FINALS
    if letter in NUMBERS:
        return NUMBERS[letter]
    if STOPPED.fullmatch(word) or STOPPED_BY_T.fullmatch(word):
        return STOP
    read = "" if OPEN.fullmatch(word) else (MUTE_E.fullmatch(word) or [word, word[-1:]])[1]
    return LETTERS.get(read, 0) if letter.isascii() and letter.isalpha() else None
