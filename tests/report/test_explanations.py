"""Words that the page explains: each where it stands, and in one list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from made_up import contents

from leafgraft.report.explanations import EXPLANATIONS, Explained
from leafgraft.report.page import build_page

WORDS = Path(__file__).parents[2] / "docs" / "words.md"


def test_each_button_of_a_page_opens_a_sentence_that_is_in_its_list_too() -> None:
    page = build_page(contents(tied=False))
    asked = dict(re.findall(r'popovertarget="word-(\w+)" data-note="(\d+)"', page))
    assert set(asked) == set(EXPLANATIONS) - {"conformal_set"}  # this page has no bundle
    assert re.findall(r'<div popover id="word-(\w+)"', page) == list(asked)
    assert [int(number) for number in asked.values()] == list(range(1, len(asked) + 1))
    for key, number in asked.items():
        one = EXPLANATIONS[key]
        item = re.search(rf'<li value="{number}"><strong>{re.escape(one.word)}</strong>.*?</li>', page, re.DOTALL)
        assert item is not None
        assert one.sentence_ko in item[0]


def test_a_word_keeps_its_number_and_only_what_is_asked_for_is_listed() -> None:
    explained = Explained()
    assert explained.notes() == []
    assert 'data-note="1"' in explained.explain("tier")
    assert 'data-note="2"' in explained.explain("cka")
    assert 'data-note="1"' in explained.explain("tier")
    assert [(number, key) for number, key, _ in explained.notes()] == [(1, "tier"), (2, "cka")]


@pytest.mark.parametrize("key", EXPLANATIONS)
def test_every_word_is_one_sentence_and_stands_in_the_glossary(key: str) -> None:
    one = EXPLANATIONS[key]
    assert one.sentence.count(". ") == 0
    assert one.sentence.endswith(".")
    heads = [re.split(r", ", line.split("|")[1].strip()) for line in WORDS.read_text(encoding="utf-8").splitlines()[6:]]
    assert one.word in {word for head in heads for word in head}
