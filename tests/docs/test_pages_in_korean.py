"""A page and its Korean one say the same: commands, code, keys, links, headings, and the figures in text and tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from shell_blocks import FENCE, mentions

ROOT = Path(__file__).resolve().parents[2]
KOREAN = [one for one in (*ROOT.glob("*.ko.md"), *ROOT.glob("docs/**/*.ko.md")) if one.name != "words.ko.md"]
LINK = re.compile(r"\]\(([^)#]*)[^)]*\)")
TEXT_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
CODE = re.compile(r"`([^`\n]+)`")
COMMENT = re.compile(r"(?:^|[ ]+)# .*", re.MULTILINE)
RESULTS = re.compile(r"<!-- results: .*?<!-- end of results -->", re.DOTALL)
ROW = re.compile(r"^\|.*\|$(?!\n\|[ |-]+\|$)", re.MULTILINE)  # but heads, which hold words and units
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
FIGURE = re.compile(r"\d+(?:[.,]\d+)+")  # with a point or a comma; smaller numbers may be words
ABOUT_LANGUAGE = {"--lang ko", "LEAFGRAFT_LANG=ko"}  # a Korean page may say more of it


def english_of(page: Path) -> Path:
    return page.with_name(page.name.replace(".ko.md", ".md"))


def named(text: str) -> dict[str, list[object]]:
    """What must be the same in both, in the order of the page where that matters."""
    plain = FENCE.sub("", text)
    sections = re.split(r"^#+ ", plain, flags=re.MULTILINE)
    return {
        "commands": list(mentions(text)),
        "code blocks": [(language, title, COMMENT.sub("", body)) for language, title, body in FENCE.findall(text)],
        "code": sorted({code.replace(".ko.html", ".html") for code in CODE.findall(plain)} - ABOUT_LANGUAGE),
        "links": sorted(link.replace(".ko.md", ".md") for link in LINK.findall(plain)),
        "headings": re.findall(r"^(#+) ", plain, re.MULTILINE),
        "rows and items": re.findall(r"^(?:\||- |\d+\. |<!-- results.*)", plain, re.MULTILINE),
        "numbers in tables": [NUMBER.findall(row) for row in ROW.findall(plain)],
        "figures": [sorted(FIGURE.findall(section)) for section in sections],
    }


@pytest.mark.parametrize("page", KOREAN, ids=lambda page: page.name)
def test_both_say_the_same(page: Path) -> None:
    english, korean = (named(one.read_text(encoding="utf-8")) for one in (english_of(page), page))
    for what, found in english.items():
        assert korean[what] == found, what
    assert english["commands"]


@pytest.mark.parametrize("page", KOREAN, ids=lambda page: page.name)
def test_each_links_to_the_other_at_its_top(page: Path) -> None:
    english = english_of(page)
    assert english.read_text(encoding="utf-8").splitlines()[2] == f"[한국어]({page.name})"
    assert page.read_text(encoding="utf-8").splitlines()[2] == f"[English]({english.name})"


def test_readme_tutorial_and_notes_are_there_in_korean() -> None:
    assert {one.name for one in KOREAN} >= {"README.ko.md", "tutorial.ko.md", "potato.ko.md"}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("README.ko.md", "`leafgraft report STUDY_DIR`", "`leafgraft report`"),
        ("README.ko.md", "make demo", "make clean"),
        ("README.ko.md", "patience: 7", "patience: 8"),
        ("README.ko.md", "(docs/tutorial.ko.md)", "(docs/words.ko.md)"),
        ("README.ko.md", "\n- ", "\n"),
        ("docs/potato.ko.md", "\n## ", "\n### "),
        ("docs/potato.ko.md", "| 86.7% | 79.5~91.6 |", "| 86.7% | 79.5~91.7 |"),
        ("docs/potato.ko.md", "1,414장", "1,415장"),
        ("docs/potato.ko.md", "<!-- results: heads recipes -->", ""),
        ("docs/tutorial.ko.md", "--side 96", "--side 64"),
        ("docs/tutorial.ko.md", 'title="first.yaml"', ""),
    ],
)
def test_planted_differences_are_found(name: str, old: str, new: str) -> None:
    korean = (ROOT / name).read_text(encoding="utf-8")
    assert old in korean
    assert named(korean.replace(old, new, 1)) != named(korean)


@pytest.mark.parametrize("page", KOREAN, ids=lambda page: page.name)
def test_the_korean_page_is_korean(page: Path) -> None:
    """Each paragraph and row has Hangul; only code, names, figures and tables of results have none."""
    for line in RESULTS.sub("", FENCE.sub("", page.read_text(encoding="utf-8"))).splitlines():
        letters = re.sub(r"[\W\d_]", "", TEXT_LINK.sub("", CODE.sub("", line)))
        if len(letters) > 40:
            assert len(re.findall("[가-힣]", letters)) > len(letters) / 4, line
