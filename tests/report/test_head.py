"""What every page begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafgraft.languages.editions import Edition
from leafgraft.report.page import environment


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_page_names_its_language_and_loads_nothing(language: str) -> None:
    head = environment(Edition(Path("index.html"), language)).get_template("head.html").render(title="<b>")
    assert f'<html lang="{language}">' in head
    assert "default-src 'none'" in head
    assert "<title>&lt;b&gt; · leafgraft</title>" in head
