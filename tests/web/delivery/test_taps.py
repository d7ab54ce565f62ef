"""The pictures of what to tap: those of the script, all shown somewhere, and no word of them cut."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from visits import need_page

from leafgraft.languages.speaking import LANGUAGES
from leafgraft.web.delivery.steps import TAPS, read_steps

need_page()
ROOT = Path(__file__).resolve().parents[3]


def test_the_sheets_are_those_that_the_script_draws() -> None:
    script = runpy.run_path(str(ROOT / "scripts/draw_taps.py"))
    drawn = {code: script["sheet"](code) for code in script["LANGUAGES"]}
    assert set(drawn) == set(LANGUAGES)
    for code, sheet in drawn.items():
        assert (TAPS / f"{code}.svg").read_text(encoding="utf-8") == sheet, "python scripts/draw_taps.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_has_its_picture(language: str) -> None:
    sheet, steps = (TAPS / f"{language}.svg").read_text(encoding="utf-8"), read_steps(language)
    drawn = re.findall(r'<view id="([^"]+)"', sheet)
    assert re.findall(rf'src="taps/{language}\.svg#([^"]+)"', steps) == drawn
    assert len(drawn) == steps.count("<li>") == 9


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_leaves_its_phone(browser: Any, language: str) -> None:
    tab = browser.new_page()
    tab.goto((TAPS / f"{language}.svg").as_uri())
    outside = tab.evaluate(
        """() => [...document.querySelectorAll('g')].flatMap((phone) => {
          const screen = phone.querySelector('rect').getBoundingClientRect();
          return [...phone.querySelectorAll('text')].filter((words) => {
            const at = words.getBoundingClientRect();
            return at.left < screen.left + 4 || at.right > screen.right - 4 || at.bottom > screen.bottom - 4;
          }).map((words) => words.textContent);
        })"""
    )
    tab.close()
    assert outside == []
