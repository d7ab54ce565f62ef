"""Where a page lies in each language."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafgraft.languages.editions import editions, spoken_edition
from leafgraft.languages.speaking import filled, speaking, word


@pytest.mark.parametrize(("page", "korean"), [("a/index.html", "a/index.ko.html"), ("page", "page.ko")])
def test_english_bears_the_name_and_korean_stands_beside_it(page: str, korean: str) -> None:
    assert [one.path for one in editions(Path(page))] == [Path(page), Path(korean)]
    with speaking("ko"):
        assert spoken_edition(Path(page)) == Path(korean)
    assert spoken_edition(Path(page)) == Path(page)


def test_each_edition_knows_the_others_and_the_place_of_all(tmp_path: Path) -> None:
    english, korean = editions(tmp_path / "밭" / "index.html")
    assert english.others == (korean,)
    assert korean.others == (english,)
    assert (english.language_name, korean.language_name) == ("English", "한국어")
    assert english.place == korean.place == "밭/index.html"


def test_a_template_s_pattern_is_filled_and_nobody_else_s() -> None:
    values = {"place": "<b>밭</b>"}
    assert filled("Adapted to {place}", values) == "Adapted to <b>밭</b>"
    with speaking("ko"):
        assert filled("Adapted to {place}", values) == "<b>밭</b>에 맞춘 결과"
        assert word("Adapted to 밭", "figure") == "Adapted to 밭"


def test_a_word_with_a_context_is_said_in_that_alone() -> None:
    assert word("true", "figure") == "true"
    with speaking("ko"):
        assert word("true", "figure") == "정답"
        assert word("true", "elsewhere") == "true"
        assert word("95% interval", "elsewhere") == "95% 구간"
