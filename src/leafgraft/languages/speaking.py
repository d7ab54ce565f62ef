"""The language that is spoken now: on the terminal the one that a person chose, on a page the page's.

In Python, as in a notebook, nobody chose with ``--lang``: there it is as `choose_language` says.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from leafgraft.errors import UsageError
from leafgraft.languages.fields import fill

ENGLISH = "en"
VARIABLE = "LEAFGRAFT_LANG"
LANGUAGES: Mapping[str, str] = {ENGLISH: "English", "ko": "한국어"}  # what each calls itself, by its code
_NAMED = {"english": "en", "korean": "ko"}  # Windows names languages so

_now: ContextVar[str] = ContextVar("language", default="")
_plainly: ContextVar[bool] = ContextVar("plainly", default=False)


class Name(str):
    """What people named, alone: a class, a recipe, a file. It is never looked up, though it may be a word of ours."""

    __slots__ = ()


def said(text: str) -> str:
    """A text that was written in English, in the language that is spoken now; what has no translation stays."""
    language = spoken()
    if language == ENGLISH or isinstance(text, Name):
        return text
    from leafgraft.languages.catalogue import catalogue  # noqa: PLC0415 - who speaks English reads no catalogue

    return catalogue(language, _plainly.get()).say(text)


def word(text: str, context: str) -> str:
    """What is said in few words, in the language that is spoken now: as in this context, or else as anywhere."""
    if spoken() == ENGLISH or isinstance(text, Name):
        return text
    from leafgraft.languages.catalogue import in_context  # noqa: PLC0415 - as above

    inside = in_context(text, context)
    found = said(inside)
    return said(text) if found == inside else found


def filled(pattern: str, values: Mapping[str, str]) -> str:
    """A pattern that was written in English, in the language that is spoken now, its ``{field}``s filled."""
    language = spoken()
    if language == ENGLISH:
        return fill(pattern, values)
    from leafgraft.languages.catalogue import catalogue  # noqa: PLC0415 - as above

    return catalogue(language, _plainly.get()).fill(pattern, values)


def spoken() -> str:
    """Code of the language that is spoken now."""
    return _now.get() or choose_language()


@contextmanager
def speaking(language: str, *, plainly: bool = False) -> Iterator[None]:
    """Speak this language until the block ends; `plainly` as papers do, where a language has a style of its own."""
    before, style_before = _now.set(language), _plainly.set(plainly)
    try:
        yield
    finally:
        _now.reset(before)
        _plainly.reset(style_before)


def choose_language(asked: str = "", environment: Mapping[str, str] = os.environ) -> str:
    """The language to speak: as asked, or else as ``$LEAFGRAFT_LANG`` says, or else the system's if we speak it.

    Args:
        asked: Code of a language, or a locale of it (``ko_KR``); empty if nobody asked.
        environment: Variables of the process.

    Raises:
        UsageError: A language was asked for that we do not speak.
    """
    for name, code in (("--lang", asked), (f"${VARIABLE}", environment.get(VARIABLE, ""))):
        if code and _code(code) not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise UsageError(f"{name} must be one of {known}.", f"It is '{code}'.", "Choose one of these.")
        if code:
            return _code(code)
    return likely_language(environment)


def language_of_browser(accepted: str) -> str:
    """The first language of an Accept-Language header that we speak; browsers write the dearest first."""
    codes = (one.partition(";")[0].strip().partition("-")[0].casefold() for one in accepted.split(","))
    return next((code for code in codes if code in LANGUAGES), ENGLISH)


def likely_language(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the variables or of the system if we speak it, or else English: for who asked for another."""
    for name in (VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return _known(value)
    return _known(locale.getlocale()[0] or "")


def _known(system: str) -> str:
    return language if (language := _code(system)) in LANGUAGES else ENGLISH


def _code(system: str) -> str:
    """Of ``ko_KR.UTF-8``, ``KO`` or ``Korean_Korea.949`` the code of the language."""
    language = system.lower().replace("-", "_").partition("_")[0].partition(".")[0]
    return _NAMED.get(language, language)
