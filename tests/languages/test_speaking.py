"""Which language is spoken."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.resources import files

import pytest

from leafgraft.errors import UsageError
from leafgraft.languages.speaking import (
    ENGLISH,
    LANGUAGES,
    choose_language,
    filled,
    language_of_browser,
    said,
    speaking,
    spoken,
    word,
)


@pytest.mark.parametrize(
    ("asked", "environment", "language"),
    [
        ("ko", {"LEAFGRAFT_LANG": "en"}, "ko"),
        ("", {"LEAFGRAFT_LANG": "ko", "LANG": "en_US.UTF-8"}, "ko"),
        ("", {"LEAFGRAFT_LANG": "en", "LANG": "ko_KR.UTF-8"}, "en"),
        ("", {"LANG": "ko_KR.UTF-8"}, "ko"),
        ("", {"LC_ALL": "C", "LANG": "ko_KR.UTF-8"}, "en"),
        ("", {"LC_MESSAGES": "ko", "LANG": "en_GB"}, "ko"),
        ("", {"LANG": "Korean_Korea.949"}, "ko"),
        ("", {"LANG": "de_DE.UTF-8"}, "en"),
        ("", {"LANG": "kok_IN"}, "en"),
        ("KO", {}, "ko"),
        ("en-GB", {"LEAFGRAFT_LANG": "ko"}, "en"),
        ("", {"LEAFGRAFT_LANG": "ko_KR.UTF-8"}, "ko"),
        ("", {"LEAFGRAFT_LANG": "ko-KR"}, "ko"),
        ("", {"LEAFGRAFT_LANG": "en_US", "LANG": "ko_KR.UTF-8"}, "en"),
    ],
)
def test_what_is_asked_for_comes_first_then_the_variable_then_the_system(
    asked: str, environment: Mapping[str, str], language: str
) -> None:
    assert choose_language(asked, environment) == language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("de, KO;q=0.5", "ko"), ("en-GB, ko", "en"), ("*", "en"), ("", "en")],
)
def test_a_browser_names_its_languages(accepted: str, language: str) -> None:
    assert language_of_browser(accepted) == language


@pytest.mark.parametrize(("asked", "variable"), [("kr", ""), ("", "KR"), ("", " ")])
def test_a_language_that_we_do_not_speak_is_refused(asked: str, variable: str) -> None:
    with pytest.raises(UsageError, match="must be one of en, ko"):
        choose_language(asked, {"LEAFGRAFT_LANG": variable})


def test_every_language_has_a_catalogue() -> None:
    folders = {one.name for one in files("leafgraft.languages").iterdir() if (one / "cli.po").is_file()}
    assert folders == set(LANGUAGES) - {ENGLISH}


def test_languages_are_named_in_themselves() -> None:
    assert LANGUAGES == {"en": "English", "ko": "한국어"}


def test_a_language_is_spoken_until_the_block_ends() -> None:
    sentence = "Say what is wrong with these photos."
    assert said(sentence) == sentence
    with speaking("ko"):
        assert spoken() == "ko"
        assert said(sentence) != sentence
    assert said(sentence) == sentence


def test_who_speaks_english_asks_no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "leafgraft.languages.catalogue", None)  # nobody can import it
    assert said("12 photos") == "12 photos"
    assert word("true", "figure") == "true"
    assert filled("In {place}", {"place": "<b>밭</b>"}) == "In <b>밭</b>"
