"""Every page in Korean, beside the English one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from made_up import NASTY, contents, rate, search
from made_up_pages import PAGES, study

from leafgraft.languages.catalogue import entries_of
from leafgraft.languages.editions import Edition, editions
from leafgraft.languages.speaking import speaking
from leafgraft.report.page import build_page, build_search_page

ENGLISH, KOREAN = editions(Path("report/index.html"))
SENTENCE = re.compile(r"(?:\b[A-Za-z][A-Za-z'’-]*\b[ ,;:]*){3,}")
NO_END = {"meta", "link", "img", "br", "rect", "path", "line", "circle", "polyline"}


class Shown(HTMLParser):
    """Every text that a person reads or hears, but code, and what is marked as English."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for name, value in attrs if name in {"alt", "aria-label", "title"} and value]
        if tag not in NO_END:
            self.inside.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = {tag for tag, _ in self.inside}
        if ("script", {"type": "application/json"}) in self.inside:
            self.texts += _texts_in(json.loads(data))
        elif not tags & {"script", "style", "code"} and all(one.get("lang") != "en" for _, one in self.inside):
            self.texts.append(data)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(one)


@pytest.mark.parametrize("build", PAGES)
def test_a_korean_page_has_no_english_sentence(build: Callable[[Edition], str]) -> None:
    page = build(KOREAN)
    assert '<html lang="ko">' in page
    texts = Shown(page).texts
    assert len(texts) > 20
    assert [text for text in texts if SENTENCE.search(text)] == []
    either = re.compile(r"\((?:으|이|를|는|가|와)\)")  # particles are fitted, but to names that end in no letter
    assert [text for text in texts if either.search(text) and NASTY not in text] == []


def test_english_sentences_are_found() -> None:
    texts = Shown(study(ENGLISH)).texts
    assert sum(bool(SENTENCE.search(text)) for text in texts) > 100


@pytest.mark.parametrize("build", PAGES)
def test_each_page_leads_to_the_other(build: Callable[[Edition], str]) -> None:
    english, korean = build(ENGLISH), build(KOREAN)
    assert '<a href="index.ko.html" lang="ko" hreflang="ko">한국어</a>' in english
    assert '<a href="index.html?lang=en" lang="en" hreflang="en">English</a>' in korean
    assert "location.replace" in english
    assert "location.replace" not in korean


@pytest.mark.parametrize("build", PAGES)
def test_the_english_page_is_english_whoever_writes_it(build: Callable[[Edition], str]) -> None:
    with speaking("ko"):
        spoken = build(ENGLISH)
    assert spoken == build(ENGLISH)
    assert '<html lang="en">' in spoken


WORDS = {  # of the catalogue, for each name; and names as long that are none, with the same sounds at their ends
    "one": ("features", "feetures"),
    "two": ("memory", "memery"),
    "Healthy": ("noise", "noice"),
    NASTY: ("r and s", "r und s"),
    "field": ("page", "pege"),
}


def renamed(value: Any, names: dict[str, str]) -> Any:
    """The same with other names, wherever one stands alone."""
    if isinstance(value, str):
        return type(value)(names.get(value.removesuffix(f" {NASTY}"), value))  # a `Name` stays one
    if isinstance(value, dict):
        return {key if key in FIGURES else renamed(key, names): renamed(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(renamed(one, names) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: renamed(getattr(value, field.name), names) for field in fields(value)}
        return replace(value, **changed)
    return value


FIGURES = {"accuracy"}  # keys of figures, which are no names


@pytest.mark.parametrize("edition", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_names_that_are_words_stand_as_they_are(edition: Edition) -> None:
    def pages(names: dict[str, str]) -> str:
        made = contents(tied=False)
        rates = renamed([rate(), rate(None)], names)
        return build_page(renamed(made, names), edition) + build_search_page(
            "x", renamed([search()], names), rates, edition
        )

    words, others = (pages({name: of[place] for name, of in WORDS.items()}) for place in (0, 1))
    for word, other in WORDS.values():
        assert other in others
        others = others.replace(other, word)
    assert others == words


def test_every_text_of_a_template_has_a_translation() -> None:
    entries = [one for one in entries_of("ko") if any("report/templates" in path for path, _ in one.occurrences)]
    assert len(entries) > 150
    assert [one.msgid for one in entries if not one.msgstr] == []
