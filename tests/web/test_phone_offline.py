"""Browsers throw away what a page keeps: the phone page looks again, and promises no more than is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from plain_site import PlainSite
from visits import Visit, need_page

need_page()
Start = Callable[..., Visit]
READY = "Works without a connection."
LOST = "Works only with a connection now: this browser threw away a part"
THROW_AWAY = {
    "one file": "caches.keys().then(([name]) => caches.open(name)).then((cache) => cache.delete('/leaves/model.onnx'))",
    "all files": "caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))",
}


def come_back(person: Visit, event: str = "focus") -> None:
    person.tab.evaluate(f"dispatchEvent(new Event({event!r}))")


def see(person: Visit, words: str) -> None:
    person._wait(lambda: person.text("#offline").startswith(words), f"the page does not say '{words}'")


def answers_without_server(person: Visit, site: PlainSite, photos: Path) -> None:
    site.stop()
    person.tab.reload()
    person.wait()
    assert person.ask(photos / "green.png")["answer"] == "Healthy"
    assert person.text("#offline") == READY


@pytest.mark.parametrize("what", THROW_AWAY)
def test_what_was_thrown_away_is_fetched_again(what: str, site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/")
    assert person.text("#offline") == READY
    site.stop()
    person.tab.evaluate(THROW_AWAY[what])
    come_back(person)
    see(person, LOST)
    assert person.text("#lost").startswith(LOST)  # where it is seen, too
    assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"  # the open page goes on
    site.start()
    come_back(person, "online")
    see(person, READY)
    assert person.tab.locator("#lost").is_hidden()
    answers_without_server(person, site, photos)


def test_a_browser_without_space_is_said_in_the_language_of_the_page(site: PlainSite, visit: Start) -> None:
    person = visit("", wait=False, locale="ko-KR")
    session = person.tab.context.new_cdp_session(person.tab)
    session.send("Storage.overrideQuotaForOrigin", {"origin": site.address.rstrip("/"), "quotaSize": 1000})
    person.open(f"{site.address}leaves/")
    full, partly = "브라우저가 이 페이지에 내준 공간이 가득 찼습니다", "파일 일부를 보관하지 못했습니다"
    said = person.text("#offline")  # whichever of them comes first
    assert said.endswith((f"저장하지 못했습니다({full}).", f"저장하지 못했습니다({partly})."))


def test_what_was_thrown_away_while_the_page_was_closed_is_fetched_at_the_next_visit(
    site: PlainSite, visit: Start, photos: Path
) -> None:
    person = visit(f"{site.address}leaves/")
    person.tab.evaluate(THROW_AWAY["all files"])
    person.tab.goto("about:blank")
    person.open(f"{site.address}leaves/")
    see(person, READY)
    answers_without_server(person, site, photos)


def test_a_browser_that_forgot_the_whole_page_is_not_believed(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/", locale="ko-KR")
    site.stop()
    devtools = person.tab.context.new_cdp_session(person.tab)
    kinds = {"origin": site.address.rstrip("/"), "storageTypes": "cache_storage,service_workers"}
    devtools.send("Storage.clearDataForOrigin", kinds)
    come_back(person)
    see(person, "지금은 연결이 있어야 작동합니다.")
    site.start()
    come_back(person)
    see(person, "연결 없이도 작동합니다.")
    site.stop()
    person.tab.reload()
    assert person.wait().ask(photos / "green.png")["answer"] == "Healthy"


def test_it_says_that_it_may_be_thrown_away_until_the_browser_promised_otherwise(site: PlainSite, visit: Start) -> None:
    person = visit(f"{site.address}leaves/")
    assert "add it to the home screen" in person.text("#offline-risk")
    person.tab.evaluate("navigator.storage.persisted = async () => true")
    come_back(person)
    person.tab.wait_for_selector("#offline-risk", state="hidden")
    assert person.text("#offline") == READY
