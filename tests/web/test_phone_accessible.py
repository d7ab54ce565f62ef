"""The phone page with a keyboard, a screen reader, in sunlight, at every width, and installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_photos import UNREADABLE
from plain_site import PlainSite
from visits import Visit, need_page

need_page()
Start = Callable[..., Visit]
# Sunlight: text at 7:1 (WCAG 1.4.6, level AAA), not only at 4.5:1.
RULES = {"rules": {"color-contrast-enhanced": {"enabled": True}}}


def complaints(person: Visit) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(person.tab, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("ko-KR", "dark")])
def test_axe_finds_nothing_in_any_state(
    site: PlainSite, visit: Start, photos: Path, tmp_path: Path, locale: str, scheme: str
) -> None:
    person = visit(f"{site.address}leaves/", locale=locale, color_scheme=scheme, permissions=["camera"])
    found = {"start": complaints(person)}
    person.keeps()
    (tmp_path / "damaged.jpg").write_bytes(UNREADABLE["truncated.jpg"])
    for photo in (photos / "red.jpg", photos / "mixed.png", photos / "white.jpg", tmp_path / "damaged.jpg"):
        person.ask(photo)
        if photo.name == "red.jpg":
            person.tab.locator("#check button").first.click()
            person.tab.wait_for_selector("#check .line")
        person.tab.wait_for_timeout(400)  # the answer fades in
        found[photo.name] = complaints(person)
    person.tab.click("#settings summary")
    person.tab.click("#about-model summary")
    found["about"] = complaints(person)
    person.tab.locator("#history .look").first.click()
    found["one"] = complaints(person)
    person.tab.keyboard.press("Escape")
    person.tab.click("#camera")
    person.until("document.getElementById('view').readyState >= 2")
    found["camera"] = complaints(person)
    assert {state: words for state, words in found.items() if words} == {}


def test_axe_does_find_a_planted_fault(site: PlainSite, visit: Start) -> None:
    person = visit(f"{site.address}leaves/")
    person.tab.evaluate("document.getElementById('choose').replaceChildren()")
    person.tab.evaluate("document.getElementById('knows').style.color = '#767676'")
    assert {one.split(":")[0] for one in complaints(person)} >= {"button-name", "color-contrast-enhanced"}


def press_until(person: Visit, key: str, wanted: str) -> None:
    for _ in range(40):
        person.tab.keyboard.press(key)
        if person.tab.evaluate(f"document.activeElement.matches({json.dumps(wanted)})"):
            return
    pytest.fail(f"{wanted} cannot be reached with {key}")


def test_everything_with_the_keyboard_alone(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/", is_mobile=False, has_touch=False)
    press_until(person, "Tab", "#languages")
    press_until(person, "Tab", "#camera")
    press_until(person, "Tab", "#choose")
    press_until(person, "Tab", "#keep-yes")
    person.tab.keyboard.press("Enter")
    press_until(person, "Shift+Tab", "#choose")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert person.tab.evaluate(outline) == "solid"
    person.tab.keyboard.press("Enter")
    person.wait_for_chooser().set_files(photos / "red.jpg")
    person.read()
    person.until("document.activeElement.id === 'result'")
    press_until(person, "Tab", "#heat")
    person.tab.keyboard.press("Space")
    assert person.tab.is_checked("#heat")
    press_until(person, "Tab", '[data-label="Healthy"], [aria-expanded]')
    person.tab.keyboard.press("Enter")
    press_until(person, "Tab", '[data-label="Healthy"]')
    person.tab.keyboard.press("Enter")
    person.tab.wait_for_selector("#history .said")
    press_until(person, "Tab", "#history .erase")
    person.tab.once("dialog", lambda dialog: dialog.accept())
    person.tab.keyboard.press("Enter")
    person.tab.wait_for_selector("#past", state="hidden")
    press_until(person, "Tab", "#about-model summary")
    person.tab.keyboard.press("Enter")
    assert person.tab.locator("#about").is_visible()


def test_the_camera_view_closes_with_escape(site: PlainSite, visit: Start) -> None:
    person = visit(f"{site.address}leaves/", permissions=["camera"])
    person.tab.click("#camera")
    person.until("document.getElementById('view').readyState >= 2")
    person.tab.keyboard.press("Escape")
    person.tab.wait_for_selector("#finder", state="hidden")
    assert person.tab.evaluate("document.getElementById('view').srcObject") is None


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_no_sideways_scroll_and_nothing_hidden_below_the_bar(
    site: PlainSite, visit: Start, photos: Path, locale: str
) -> None:
    person = visit(f"{site.address}leaves/", locale=locale, is_mobile=False).keeps()
    person.ask(photos / "white.jpg", photos / "red.jpg")
    for width in (280, 390, 1280):
        person.tab.set_viewport_size({"width": width, "height": 700})
        assert person.tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        person.tab.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        below = "document.querySelector('#about-model summary').getBoundingClientRect().bottom"
        bar = "document.querySelector('.bar').getBoundingClientRect().top"
        assert person.tab.evaluate(f"{below} <= {bar}"), width


def test_it_can_be_installed(site: PlainSite, visit: Start) -> None:
    person = visit(f"{site.address}leaves/")
    session = person.tab.context.new_cdp_session(person.tab)
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one["errorId"] for one in errors if one["errorId"] != "in-incognito"] == []
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["short_name"] == "drawn"


def texts(language: str) -> dict[str, Any]:
    from leafgraft.web.phone import STATIC

    return json.loads((STATIC / "phone" / "languages" / f"{language}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["ko", "es"])
def test_languages_say_the_same(language: str) -> None:
    from string import Formatter

    english, other = texts("en"), texts(language)
    assert english.keys() == other.keys()
    for key, value in english.items():
        if isinstance(value, str):
            wanted, found = ({name for _, name, _, _ in Formatter().parse(one) if name} for one in (value, other[key]))
            assert wanted == found, key
        elif isinstance(value, list):
            assert len(value) == len(other[key]), key
