"""Names in methods and results show in Markdown as people wrote them."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from typing import Any

import pytest
from markdown_it import MarkdownIt

from leafgraft.report.paper import kit
from leafgraft.report.paper.text import methods
from leafgraft.report.paper.text.markdown import as_markdown
from leafgraft.report.paper.text.references import cited_in
from leafgraft.report.paper.text.results import results_text

NAMES = (
    "Corn_(maize)___Common_rust_",
    "<x> & &lt;b&gt; <me@field.kr>",
    "$a^2$ and $b$ -- c---d",
    "*새* **잎** ~~밭~~ 5~6 7~8",
    "[rust](http://a.b) ![x] [@nobody2020]",
    "`code` back\\slash",
    "모릅니다",
    "잎을 보세요. 95% 구간입니다",
)


def shown(markdown: str) -> str:
    """As a reader sees it, on one line."""
    rendered = MarkdownIt("commonmark").enable("strikethrough").render(markdown)
    assert not re.search("<(?!/?(p|li|ul|strong|h1|h2)>)", rendered), rendered
    return " ".join(html.unescape(re.sub("<[^>]+>", "", rendered)).split())


@pytest.mark.parametrize("name", NAMES)
def test_a_name_shows_as_it_is(name: str) -> None:
    text = as_markdown(f"It is {name} 12, p < 0.05 [@he2016; @guo2017].")
    assert shown(text) == f"It is {name} 12, p < 0.05 [@he2016; @guo2017]."
    assert text.endswith(" [@he2016; @guo2017].")
    assert cited_in(text) == ["he2016", "guo2017"]
    bare = re.sub(r"\\.", "", text.partition(" [@he2016")[0])
    assert not re.search(r"[$^~_@*<]|--", bare)  # what pandoc takes for marks, too


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", NAMES)
def test_methods_and_results_show_names_as_they_are(name: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {key: [f"'{name}' is right."] for key in ("claims", "claims_ko", "refused", "refused_ko")}
    contents: Any = SimpleNamespace(
        audit={"counts": {"photos": 2, "classes": {name: 1, "rust": 1}, "unreadable": []}, "findings": []},
        evaluation={"recipes": [], "classes": [name, "rust"]},
        curves=(),
        version="0.1",
        run={},
        verdict={"why": name, "why_ko": name, **said},
    )
    monkeypatch.setattr(kit, "SECTIONS", {"Photos": (methods.photos,)})
    assert f"({name} 1, rust 1)" in shown(kit.methods_text(contents, language))
    captioned: Any = [SimpleNamespace(name="learning_curve", caption="Of all.")]
    text = shown(results_text(contents, captioned, (), language))
    assert text.count(f"'{name}' is right.") == 2
    assert text.count(name) == 3
    assert "(learning_curve)." in text
