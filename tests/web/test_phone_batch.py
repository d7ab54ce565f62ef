"""Several photos at once: each has its answer, or its reason why not, whether anything is kept or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from plain_site import PlainSite
from visits import Visit, need_page

need_page()
Start = Callable[..., Visit]


@pytest.fixture
def some(photos: Path, tmp_path: Path) -> list[Path]:
    """Photos of three answers, one that cannot be read among them."""
    (tmp_path / "torn.jpg").write_bytes(b"%PDF-1.4")
    return [photos / "red.jpg", tmp_path / "torn.jpg", photos / "mixed.png", photos / "green.png"]


def rows(person: Visit, within: str) -> list[str]:
    found: list[str] = person.tab.locator(f"{within} li").all_inner_texts()
    return found


def test_photos_that_cannot_be_read_are_named_though_others_follow(
    site: PlainSite, visit: Start, some: list[Path]
) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    assert person.ask(*some)["answer"] == "Healthy"
    assert person.text("#unread p") == "1 of 4 photos could not be read:"
    [line] = rows(person, "#unread")
    assert line.startswith("torn.jpg: ")
    assert not person.tab.locator("#batch").is_visible()  # what is kept is listed below
    assert len(rows(person, "#history")) == 3
    person.tab.select_option("#languages", "ko")
    person.until("unread.textContent.startsWith('사진 4장 가운데 1장을 읽을 수 없습니다.')")
    person.ask(some[0])
    assert not person.tab.locator("#unread").is_visible()
    assert person.problems == []


def test_where_nothing_is_kept_every_answer_can_be_read_and_all_can_be_kept_afterwards(
    site: PlainSite, visit: Start, some: list[Path]
) -> None:
    person = visit(f"{site.address}leaves/")
    person.ask(*some)
    assert rows(person, "#batch") == [
        "red.jpg: Early blight, more than 99%",
        "torn.jpg: The photo cannot be read",
        "mixed.png: Not sure",
        "green.png: Healthy, more than 99%",
    ]
    person.keeps()
    person.until("document.querySelectorAll('#history li').length === 3")
    assert [one.split("\n")[0] for one in rows(person, "#history")] == [
        "Healthy, more than 99%",
        "Not sure",
        "Early blight, more than 99%",
    ]
    person.until("document.getElementById('batch').hidden")
    assert person.tab.locator("#check").is_visible()
    assert person.problems == []


def test_photos_before_one_that_cannot_be_read_are_kept_too(site: PlainSite, visit: Start, some: list[Path]) -> None:
    person = visit(f"{site.address}leaves/")
    assert person.ask(some[0], some[1])["declined"] == "unreadable"
    person.keeps()
    person.until("document.querySelectorAll('#history li').length === 1")
