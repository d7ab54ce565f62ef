"""A catalogue: what is said in English, and the same in another language.

Sentences are written in English where they arise, and translated once, where they leave the program: on the terminal
and on a page. Files between stages, JSON and errors in Python stay English. A catalogue is therefore asked with a
finished sentence, and its entries are patterns: ``{count} photos of {place}`` finds ``12 photos of the field``. What
stands in a field is translated, too, where the catalogue has it; a field ``{low#}`` takes numbers alone. An entry that
ends in a comma, ``{count#} of {name},``, is what a list has between its commas.

What people named (classes, recipes, files) is never looked up: a class may be called ``photos``. Such a field stands in
quotes, ``'{name}'``, or its translation says so: ``{name!}``. It may be a list, whose ``and 3 more`` is ours.

The files are gettext's (``LANGUAGE/ROOM.po``), so that any editor for translations opens them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import polib

from leafgraft.languages.fields import fill
from leafgraft.languages.large_numbers import with_large_numbers
from leafgraft.languages.particles import with_particles
from leafgraft.languages.plain_style import in_plain_style

_FIELD = re.compile(r"\{(\w+)(#?)\}")
_NAME = re.compile(r"\{(\w+)!\}")
_QUOTED = re.compile(r"(?<=['`])\{(\w+)\}(?=['`])")
_MORE_NAMES = "{names} and {count#} more"
_MORE_THAN_A_NAME = re.compile(r"[:;] ")
_ANYTHING, _NUMBER = "(.*?)", r"([-+−]?\d[\d.,:]*(?:e[-+]?\d+)?%?)"
TEMPLATE = "template"  # the context of what templates alone say: there, ``In {place}`` is the whole of a heading
NUMBER_LETTERS = 3  # what a field for numbers alone says, in letters
LEAST_LETTERS = 2  # of a pattern besides its fields: less says nothing
MOST_KEPT = 10_000  # texts whose translation is kept
_AROUND = re.compile(r"(\s*(?:[-•·]\s+)?)(.*?)(\s*)", re.DOTALL)
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=\S)")


@dataclass(frozen=True)
class _Pattern:
    anchor: str  # its longest words: what has them not is not of this pattern
    expression: str
    fields: tuple[str, ...]
    names: frozenset[str]  # the fields that hold what people named
    translation: str
    letters: int  # of its words
    signs: int  # besides letters: a list has more of them than its last part

    @property
    def rank(self) -> tuple[int, int]:
        """Most words first, then most signs."""
        return -self.letters, -self.signs

    @cached_property
    def shape(self) -> re.Pattern[str]:
        """Compiled when it is first asked for: a command needs few of them."""
        return re.compile(self.expression)


class Catalogue:
    """Sentences of one language.

    Args:
        entries: Translations by the English sentence; both with the same ``{field}``s.
        particles: Whether Korean particles and large numbers are to be fitted to what stands before them.

    Example:
        >>> Catalogue({"{count} photos": "사진 {count}장"}).say("12 photos")
        '사진 12장'
    """

    def __init__(self, entries: Mapping[str, str], *, particles: bool = False) -> None:
        self._entries = entries
        self._whole = {source: said for source, said in entries.items() if not _FIELD.search(source)}
        self._particles = particles
        patterns = [_pattern(source, said) for source, said in entries.items() if _FIELD.search(source)]
        self._patterns = sorted((one for one in patterns if one.letters >= LEAST_LETTERS), key=lambda one: one.rank)
        self._more = [_pattern(_MORE_NAMES, said)] if (said := entries.get(_MORE_NAMES)) else []
        self._said: dict[str, str] = {}

    def say(self, text: str) -> str:
        """The text in this language: line by line, as a whole or sentence by sentence.

        What the catalogue does not have stays as it is.
        """
        if text not in self._said:
            if len(self._said) >= MOST_KEPT:
                self._said.clear()
            said = "\n".join(self._line(line) for line in text.split("\n"))
            self._said[text] = self._fitted(said)
        return self._said[text]

    def fill(self, pattern: str, values: Mapping[str, str]) -> str:
        """A pattern of a template in this language, its fields filled; what stands in them is not translated."""
        said = self._entries.get(in_context(pattern, TEMPLATE)) or self._entries.get(pattern, pattern)
        return self._fitted(fill(said, values))

    def in_plain_style(self) -> Catalogue:
        """The same in the style of papers; what stands in fields of a sentence stays as it is."""
        return Catalogue(
            {source: in_plain_style(said) for source, said in self._entries.items()}, particles=self._particles
        )

    def words(self, context: str) -> list[str]:
        """All that it has for words of this context."""
        return [said for source, said in self._entries.items() if source.startswith(in_context("", context))]

    def _fitted(self, said: str) -> str:
        return with_particles(with_large_numbers(said)) if self._particles else said

    def _line(self, line: str) -> str:
        found = _AROUND.fullmatch(line)
        if found is None or not found[2]:
            return line
        before, words, after = found.groups()
        said = self._entry(words, across=False)
        if said is None:
            said, is_whole = self._by_sentences(words)
            if not is_whole:
                said = self._entry(words, across=True) or self._list(words) or said
        return before + said + after

    def _list(self, words: str) -> str | None:
        """Part by part, if each part of a list has an entry."""
        parts = [self._entry(f"{part},", across=False) for part in words.split(", ")]
        return " ".join(map(str, parts)).removesuffix(",") if all(parts) else None

    def _by_sentences(self, words: str) -> tuple[str, bool]:
        """Sentence by sentence, as many together as belong together; and whether each of them was found."""
        cuts = [0, *(one.end() for one in _SENTENCES.finditer(words)), len(words)]
        parts, first, is_whole = [], 0, True
        while first < len(cuts) - 1:
            for last in range(len(cuts) - 1, first, -1):
                piece = words[cuts[first] : cuts[last]]
                bare = piece.rstrip()
                said = self._entry(bare, across=False)
                if said is not None or last == first + 1:
                    is_whole = is_whole and said is not None
                    parts.append((bare if said is None else said) + piece[len(bare) :])
                    first = last
                    break
        return "".join(parts), is_whole

    def _entry(self, text: str, *, across: bool) -> str | None:
        """What the catalogue has for this text; a field holds more than one sentence only if it may go `across`."""
        if (said := self._whole.get(text)) is not None:
            return said
        return self._of_pattern(self._patterns, text, across=across)

    def _of_pattern(self, patterns: Iterable[_Pattern], text: str, *, across: bool) -> str | None:
        for pattern in patterns:
            if pattern.anchor in text and (found := pattern.shape.fullmatch(text)):
                values = dict(zip(pattern.fields, found.groups(), strict=True))
                if across or not any(_SENTENCES.search(value) for value in values.values()):
                    filled = {
                        name: self._named(one) if name in pattern.names else self._line(one)
                        for name, one in values.items()
                    }
                    return fill(pattern.translation, filled)
        return None

    def _named(self, names: str) -> str:
        """What people named, as it is; of a list, how many more there are is said in this language.

        What has a colon or a semicolon is more than a name: the pattern began before its own sentence.
        """
        if _MORE_THAN_A_NAME.search(names):
            return self._line(names)
        return self._of_pattern(self._more, names, across=True) or names


def _pattern(source: str, said: str) -> _Pattern:
    words = _FIELD.split(source)[::3]
    fields = _FIELD.findall(source)
    kinds = [_NUMBER if number else _ANYTHING for _, number in fields]
    expression = "".join(re.escape(word) + kind for word, kind in zip(words, [*kinds, ""], strict=True))
    names = frozenset((*_QUOTED.findall(source), *_NAME.findall(said)))
    said_alone = "".join("".join(words).split())
    letters = sum(map(str.isalpha, said_alone))
    signs = len(said_alone) - letters
    letters += NUMBER_LETTERS * sum(bool(number) for _, number in fields) if letters else 0
    return _Pattern(max(words, key=len), expression, tuple(name for name, _ in fields), names, said, letters, signs)


def entries_of(language: str) -> Iterator[polib.POEntry]:
    """All entries of the catalogues of a language, room by room."""
    folder = files(__package__) / language
    for room in sorted((one for one in folder.iterdir() if one.name.endswith(".po")), key=lambda one: one.name):
        yield from (entry for entry in polib.pofile(room.read_text(encoding="utf-8")) if entry.msgid)


def translations(entries: Iterable[polib.POEntry]) -> dict[str, str]:
    """Those that have one, by what is said in English; what means this in one context alone has that before it."""
    return {in_context(one.msgid, one.msgctxt or ""): one.msgstr for one in entries if one.msgstr}


def in_context(word: str, context: str) -> str:
    """A word as the catalogue has it that means this in one context alone; gettext joins the two so."""
    return f"{context}\x04{word}" if context else word


def catalogue(language: str, plainly: bool = False) -> Catalogue:  # noqa: FBT001, FBT002 - kept by place
    """The catalogue of a language other than English; `plainly` in the style of papers."""
    return _plain_catalogue(language) if plainly else _catalogue(language)


@cache
def _catalogue(language: str) -> Catalogue:
    return Catalogue(translations(entries_of(language)), particles=language == "ko")


@cache
def _plain_catalogue(language: str) -> Catalogue:
    return _catalogue(language).in_plain_style() if language == "ko" else _catalogue(language)
