"""The page beside the code in headless Chromium: every state of a phone, two languages, by keyboard, nothing cut."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from visits import PHONE, Visit, need_page

from leafgraft.cli.listening import answer_beside
from leafgraft.web.delivery.phones import Phone, Phones
from leafgraft.web.delivery.send_page import create_send_page

need_page()
DESK = {"viewport": {"width": 1280, "height": 900}, "is_mobile": False, "has_touch": False, "device_scale_factor": 1}
ADDRESS = "https://192.168.100.100:65535/0123456789abcdef/start"
FINGERPRINT = ":".join(["A1"] * 32)
SIZES = {"index.html": 100, "phone.json": 100, "model.onnx": 800, "languages/en.json": 100, "languages/ko.json": 100}


@pytest.fixture
def phones(tmp_path: Path) -> Phones:
    for name, size in SIZES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    return Phones(tmp_path, [].append)


@pytest.fixture
def address(phones: Phones) -> Iterator[str]:
    page, token = create_send_page(ADDRESS, FINGERPRINT, phones, "127.0.0.1")
    with answer_beside(page) as port:
        yield f"http://127.0.0.1:{port}/{token}/"


def come(phones: Phones, system: str, address: str, *names: str) -> Phone:
    """A phone comes, and is given these files."""
    phone = phones.find(system, address)
    for name in names:
        phones.begin(phone, name, 200)
        phones.give(phone, name, SIZES.get(name, 1) // (2 if name == "model.onnx" else 1))
    return phone


def see(person: Visit, selector: str, words: str) -> None:
    person._wait(lambda: words in person.text(selector), f"{selector} does not say '{words}'")


def test_only_this_computer_reaches_it(address: str) -> None:
    port = urlsplit(address).port
    socket.create_connection(("127.0.0.1", port), timeout=60).close()
    with pytest.raises(OSError, match=r"refused|timed out|assign|unreachable"):  # this computer, by another address
        socket.create_connection(("127.0.0.2", port), timeout=2)


def test_it_follows_a_phone_from_nothing_to_ready(address: str, phones: Phones, visit: Callable[..., Visit]) -> None:
    person = visit(address, **DESK)
    assert person.text("#came") == "No phone has come yet."
    phone = come(phones, "Android", "192.168.7.4", "start")
    see(person, "#phones", "Next: the certificate (step 2).")
    assert person.text("#came") == "None is ready yet."
    come(phones, "Android", "192.168.7.4", "leafgraft.crt")
    see(person, "#phones", "Next: install it in the settings (from step 3 on).")
    come(phones, "Android", "192.168.7.4", "phone.json", "index.html", "model.onnx")
    see(person, "#phones", "Keep the page open")
    assert person.tab.locator("#phones progress").get_attribute("aria-label") == "Loaded: 50%"
    assert person.tab.locator(".parts .has").all_text_contents() == ["Page: there"]
    phones.hear(phone, keeps=False)
    see(person, "#phones", "only with a connection")
    phones.hear(phone, keeps=True)
    see(person, "#came", "Ready without signal: Android phone at 192.168.7.4.")
    assert person.tab.locator(".parts .has").all_text_contents() == ["Model: there", "Page: there", "Languages: there"]
    assert person.problems == []


def test_it_is_read_and_switched_by_keyboard(address: str, visit: Callable[..., Visit]) -> None:
    person = visit(address, **DESK)
    assert person.text("#address code") == ADDRESS
    person.tab.keyboard.press("Tab")
    assert person.tab.evaluate("document.activeElement.id") == "languages"
    person.tab.keyboard.press("ArrowDown")
    see(person, "h1", "휴대전화로")
    see(person, "main", "인증서 신뢰 설정")
    assert not person.tab.get_by_text("Certificate Trust Settings").first.is_visible()
    person.tab.keyboard.press("Tab")
    assert "복사" in person.tab.evaluate("document.activeElement.textContent")
    person.tab.reload()
    see(person.wait(), "h1", "휴대전화로")


def test_a_command_that_has_ended_is_said(address: str, visit: Callable[..., Visit]) -> None:
    person = visit(address, **DESK)
    person.tab.route("**/state.json*", lambda route: route.abort())
    see(person, "#problem", "A phone that is ready needs nothing more")
    person.tab.unroute("**/state.json*")
    person.until("document.getElementById('problem').hidden")


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("ko-KR", "dark")])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_is_cut(
    address: str, phones: Phones, visit: Callable[..., Visit], locale: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    come(phones, "iPad", "192.168.7.5", "start")
    come(phones, "Android", "192.168.7.6", "leafgraft.crt")
    come(phones, "iPhone", "fd00::1234:5678:9abc:def0", *SIZES)
    phones.hear(come(phones, "browser", "192.168.100.107", "start"), keeps=False)
    phones.hear(come(phones, "iPhone", "192.168.100.108", "start"), keeps=True)
    device: dict[str, Any] = PHONE if width == 390 else DESK
    person = visit(address, locale=locale, color_scheme=scheme, **device)
    person.until("[...document.images].every((one) => one.loading === 'lazy' || (one.complete && one.naturalWidth))")
    assert person.tab.evaluate("document.documentElement.scrollWidth") <= width
    cut = person.tab.evaluate(
        "() => [...document.querySelectorAll('main *')].filter((one) => one.checkVisibility() && !one.closest('.heard')"
        " && one.scrollWidth > one.clientWidth + 1 && one.clientWidth).map((one) => one.outerHTML.slice(0, 150))"
    )
    broken = person.tab.evaluate(
        "() => [...fingerprint.childNodes].filter((pair) => { const range = document.createRange();"
        " range.selectNodeContents(pair); return range.getClientRects().length > 1; }).map((pair) => pair.data)"
    )
    rules = {"rules": {"color-contrast-enhanced": {"enabled": True}}}
    violations = Axe().run(person.tab, options=rules).response["violations"]
    found = [f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in violations]
    assert (cut, broken, found, person.problems) == ([], [], [], [])
