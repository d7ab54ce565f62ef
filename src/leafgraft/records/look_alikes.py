"""Names as they are seen: two that the eye cannot tell apart are one."""

from __future__ import annotations

import re
import unicodedata

# Small letters; capitals of Cyrillic and Greek look like Latin ones even where these do not.
_CYRILLIC = str.maketrans("авекмнорстухіјѕԁһԛԝ", "abekmhopctyxijsdhqw")
_GREEK = str.maketrans("αβεζηικνορτυχ", "abezhiknoptyx")
_MARKS = str.maketrans({**dict.fromkeys("‘’ʼ′`", "'"), **dict.fromkeys("“”„″", '"'), "−": "-", "ı": "i"})
_UNSEEN = frozenset("\u034f\u115f\u1160\u2800")  # a joiner, Hangul fillers, blank Braille
_WORD = re.compile(r"[^\W\d_]+")
_LEADING_ZEROS = re.compile(r"(?<![\d.,])0+(?=\d)")  # of whole numbers: 1.05 is not 1.5


def as_seen(name: str) -> str:
    """A name in small letters, without what cannot be seen, in one spelling of what looks alike; blanks stay."""
    plain = unicodedata.normalize("NFKC", name).casefold().replace("i\u0307", "i").translate(_MARKS)
    visible = "".join("-" if unicodedata.category(one) == "Pd" else one for one in plain if not _is_unseen(one))
    latin = _WORD.sub(_in_one_script, visible.translate(_CYRILLIC))
    return _LEADING_ZEROS.sub("", latin)


def _in_one_script(word: re.Match[str]) -> str:
    return word[0].translate(_GREEK) if any(letter.isascii() for letter in word[0]) else word[0]


def _is_unseen(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return (
        kind == "Cf" or (kind == "Cc" and not letter.isspace()) or letter in _UNSEEN or "\ufe00" <= letter <= "\ufe0f"
    )
