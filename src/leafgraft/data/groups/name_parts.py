"""Parts of file names that may tell the leaf, each as the regular expression that captures it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leafgraft.records.photo import Photo

_DAY = r"(?:19|20)\d\d(?P<{0}>[-_.]?)(?:0[1-9]|1[0-2])(?P={0})(?:0[1-9]|[12]\d|3[01])"
TOKEN = re.compile(
    r"(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<hash>(?<![^\W_])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}(?![^\W_]))"
    # what a camera or a messenger writes: the moment, which tells nothing of the leaf
    rf"|(?P<stamp>{_DAY.format('a')}(?:[-_T ]|_at_| at )(?:\d{{6,9}}|\d{{1,2}}(?P<b>[-.:h])\d\d(?:(?P=b)|m)\d\d|WA\d+))"
    rf"|(?P<date>(?<!\d){_DAY.format('c')}(?!\d))"
    r"|(?P<size>\d+x\d+)|(?P<number>\d+)|(?P<word>[^\W\d_]+)|(?P<gap>[\W_]+)",
    re.IGNORECASE,
)
PATTERNS = {
    "uuid": r"[0-9A-Fa-f-]{36}",
    "hash": "[0-9A-Fa-f]+",
    "number": r"\d+",
    "size": r"\d+x\d+",
    "word": r"[^\W\d_]+",
    "stamp": r"[\w.:-]+?",
}
# Words before a number that say what is counted; the first are whole plants or samples, the next parts of these.
PLANTS = ("plant", "tree", "pot", "sample", "specimen", "subject", "individual", "seedling", "id")
LEAVES = ("leaf", "leaflet", "scene", "video", "clip", "burst", "series", "sequence", "seq", "session")
PLACES = ("plot", "row", "bed", "site", "farm", "field", "greenhouse", "day")
# What is counted within a plant or across all: no group by itself.
VIEWS = ("view", "side", "angle", "cam", "camera", "top", "bottom", "front", "back", "left", "right", "upper", "lower")
COUNTED = (
    "crop",
    "frame",
    "tile",
    "patch",
    "aug",
    "rot",
    "rotated",
    "flip",
    "zoom",
    "copy",
    "version",
    "v",
    "page",
    "part",
)
# Before the number of a photo, as cameras and people write it; copies that were made of it repeat it.
CAMERAS = ("img", "image", "imgp", "cimg", "dsc", "dscn", "dscf", "pxl", "pict", "pic", "photo", "sam", "dji")
GATHERED = ("batch", "chunk", "fold", "set", "subset", "split")
FEWEST = 6
MOST_TEMPLATES = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the names that may tell the leaf.

    Attributes:
        pattern: Captures it.
        kind: ``folder``, ``code`` (a word and a number), or of which kind the token is.
        before: The word before it in small letters, if it is the same everywhere.
        leads: Whether nothing before it differs within a class.
    """

    pattern: str
    kind: str
    before: str = ""
    leads: bool = True


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number, a date, or what stands between."""

    kind: str
    text: str
    day: str = ""  # what stands between year, month and day

    @property
    def shape(self) -> tuple[str, str]:
        """What two names of one template share: kinds, and the text of gaps."""
        return self.kind, self.text if self.kind == "gap" else self.day


def parts_of_names(photos: Sequence[Photo]) -> list[Part]:
    """Parts of the commonest forms of file names, from their beginning and from their end."""
    by_template: dict[tuple[tuple[str, str], ...], list[tuple[str, list[Token]]]] = {}
    for photo in photos:
        tokens = tokens_of(stem(photo.path))
        by_template.setdefault(tuple(token.shape for token in tokens), []).append((photo.label, tokens))
    commonest = sorted(by_template.values(), key=len, reverse=True)[:MOST_TEMPLATES]
    found = [part for of in commonest if len(of) >= FEWEST for part in _of_template(of)]
    return list(dict.fromkeys(found))


def parts_of_folders(photos: Sequence[Photo]) -> list[Part]:
    """Folders between class and file, the outer ones first."""
    inner = [folders_below(photo) for photo in photos]
    deepest = max(map(len, inner))
    found = []
    for level in range(deepest):
        names = [folders[level] for folders in inner if len(folders) > level]
        pattern = _folder_pattern(names)
        if pattern:
            found.append(Part(f"/({pattern})/", "folder", _first_word(names[0])))
        elif all(len(folders) == deepest for folders in inner) and _name_leaves(names):
            found.append(Part("([^/]+)" + "/[^/]+" * (deepest - level) + "$", "folder"))
    return found


def _name_leaves(names: Sequence[str]) -> bool:
    """Whether all names have a number, or begin with a word for plants, leaves or places."""
    words = "|".join((*PLANTS, *LEAVES, *PLACES))
    return all(re.search(rf"\d|^(?i:{words})(?:[\W_]|[A-Z]?$)", name) for name in names)


def stem(path: str) -> str:
    """File name without its suffix."""
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def folders_below(photo: Photo) -> list[str]:
    """Folders between the class folder and the file; all of them where no folder is called as the class."""
    folders = photo.path.split("/")[:-1]
    places = [place for place, name in enumerate(folders) if name.casefold() == photo.label.casefold()]
    return folders[places[-1] + 1 :] if places else folders


def tokens_of(name: str) -> list[Token]:
    """A name cut into words, numbers, dates and so on."""
    found = []
    for match in TOKEN.finditer(name):
        kind = next(kind for kind in (*PATTERNS, "date", "gap") if match[kind] is not None)
        found.append(Token(kind, match[0], (match["c"] or "") if kind == "date" else ""))
    return found


def _folder_pattern(names: Sequence[str]) -> str:
    """A word and a number, a number or a date, if all names are so."""
    tokens = [tokens_of(name) for name in names]
    shapes = {tuple(token.shape for token in of) for of in tokens}
    words = {token.text for of in tokens for token in of if token.kind == "word"}
    if len(shapes) != 1 or len(words) > 1 or not any(kind in {"number", "date"} for kind, _ in next(iter(shapes))):
        return ""
    return "".join(_literal(one.text) if one.kind in {"word", "gap"} else _pattern(one) for one in tokens[0])


def _first_word(name: str) -> str:
    return next((token.text.casefold() for token in tokens_of(name) if token.kind == "word"), "")


def _of_template(named: Sequence[tuple[str, list[Token]]]) -> Iterator[Part]:
    """Every part of names of one form that can be captured."""
    first = named[0][1]
    texts = [Counter(tokens[place].text for _, tokens in named) for place in range(len(first))]
    patterns = [
        _literal(token.text) if token.kind == "gap" or (token.kind == "word" and len(of) == 1) else _pattern(token)
        for token, of in zip(first, texts, strict=True)
    ]
    for place, token in enumerate(first):
        if token.kind in {"gap", "size"} or len(texts[place]) == 1:
            continue
        start = place
        kind = token.kind
        if kind == "number" and place and first[place - 1].kind == "word" and _varies(named, place - 1):
            start, kind = start - 1, "code"  # A12
        capture = f"({_moment(token.text) if kind == 'stamp' else ''.join(patterns[start : place + 1])})"
        ahead, after = patterns[:start], patterns[place + 1 :]
        leads = not any(first[one].kind != "gap" and _varies(named, one) for one in range(start))
        before = _word_before(first, texts, start) if start == place else ""
        if kind == "number" and before in (*PLANTS, *LEAVES, *PLACES):
            word = start - 1 if first[start - 1].kind == "word" else start - 2
            yield Part("".join([*patterns[word:start], capture]), kind, before, leads)
        follows = after[0] if after and first[place + 1].kind == "gap" else "" if after else r"\."
        yield Part("^" + "".join([*ahead, capture, follows]), kind, before, leads)
        if leads and kind == "number":
            yield Part("^" + "".join([*ahead, capture]), kind, before, leads)
        precedes = ahead[-1] if ahead and first[start - 1].kind == "gap" else "^" if not ahead else ""
        if precedes:
            yield Part("".join([precedes, capture, *after, r"\.[^.]*$"]), kind, before, leads)


def _varies(named: Sequence[tuple[str, list[Token]]], place: int) -> bool:
    """Whether a word differs within a class; names of the classes themselves do not."""
    seen: dict[str, str] = {}
    return any(seen.setdefault(label, tokens[place].text) != tokens[place].text for label, tokens in named)


def _word_before(tokens: Sequence[Token], texts: Sequence[Counter[str]], place: int) -> str:
    for earlier in range(place - 1, max(place - 3, -1), -1):
        if tokens[earlier].kind == "word":
            return tokens[earlier].text.casefold() if len(texts[earlier]) == 1 else ""
        if tokens[earlier].kind != "gap":
            return ""
    return ""


def _literal(text: str) -> str:
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", text)


def _moment(text: str) -> str:
    """The form of a moment: any other digits in the same places."""
    return re.sub(r"\d+", r"\\d+", _literal(text))


def _pattern(token: Token) -> str:
    if token.kind == "date":
        sep = _literal(token.day)
        return rf"\d{{4}}{sep}\d\d{sep}\d\d"
    return PATTERNS[token.kind]
