"""Letters beyond Latin are found in the system's fonts, also in one that was installed since."""

from __future__ import annotations

import pytest
from matplotlib.font_manager import fontManager

from leafgraft.report.paper.figures import fonts
from leafgraft.report.paper.figures.fonts import OWN, choose_fonts

HANGUL = any(one.name.startswith("Noto Sans CJK") for one in fontManager.ttflist)
needs_hangul = pytest.mark.skipif(not HANGUL, reason="no font with Hangul is installed")


def test_latin_needs_no_other_font() -> None:
    assert choose_fonts(["Early_blight & 50%", "Müller −1.0"]) == ([OWN], "")


@needs_hangul
def test_hangul_is_drawn_by_a_font_that_has_it() -> None:
    names, lacking = choose_fonts(["감자 역병", "leaf"])
    assert (names[0], len(names), lacking) == (OWN, 2, "")


@needs_hangul
def test_a_font_that_was_installed_since_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fontManager, "ttflist", [one for one in fontManager.ttflist if "CJK" not in one.name])
    assert choose_fonts(["감자"])[1] == ""


def test_letters_that_no_font_has_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_plain_fonts", list)
    assert choose_fonts(["b감a자"]) == ([OWN], "감자")
    assert choose_fonts(["ba"]) == ([OWN], "")
