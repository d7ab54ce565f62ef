"""README.md and README.ko.md say the same: commands, files, keys, links and the study in them."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from shell_blocks import FENCE, lines_of, mentions

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, KOREAN = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md"))
LINK = re.compile(r"\]\(([^)]+)\)")
TEXT_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
CODE = re.compile(r"`([^`\n]+)`")


def named(text: str) -> dict[str, list[str]]:
    """What must be the same in both, in the order of the page where that matters."""
    studies = [yaml.safe_load(body) for language, _, body in FENCE.findall(text) if language == "yaml"]
    plain = FENCE.sub("", text)
    return {
        "commands": mentions(text),
        "shell": [line.split("#")[0].strip() for line in lines_of(text) if line],
        "code": sorted(set(CODE.findall(plain))),
        "links": [link for link in LINK.findall(plain) if not link.startswith("README")],
        "studies": studies,
        "headings": re.findall(r"^(#+) ", plain, re.MULTILINE),
        "rows and items": re.findall(r"^(?:\||- )", plain, re.MULTILINE),
    }


def test_both_name_the_same_commands_and_all_else() -> None:
    english, korean = named(ENGLISH), named(KOREAN)
    for what, found in english.items():
        assert found == korean[what], what
    assert len(english["commands"]) > 8


def test_each_links_to_the_other() -> None:
    assert "](README.ko.md)" in ENGLISH
    assert "](README.md)" in KOREAN


def test_planted_differences_are_found() -> None:
    for old, new in (
        ("`leafgraft report STUDY_DIR`", "`leafgraft report`"),
        ("make demo", "make clean"),
        ("patience: 7", "patience: 8"),
        ("(docs/tutorial.md)", "(docs/words.md)"),
        ("\n## ", "\n### "),
        ("\n- ", "\n"),
    ):
        assert old in KOREAN
        assert named(KOREAN.replace(old, new, 1)) != named(ENGLISH), new


def test_the_korean_page_is_korean() -> None:
    """Each paragraph and row has Hangul; only code, names and the table's rule have none."""
    for line in FENCE.sub("", KOREAN).splitlines():
        plain = TEXT_LINK.sub("", CODE.sub("", line)).strip("|- :[]()")
        if len(plain) > 40:
            assert len(re.findall("[가-힣]", plain)) > len(plain) / 5, line
