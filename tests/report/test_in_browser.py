"""What a person sees: the page in headless Chromium, wide and narrow, light and dark."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from made_up import contents

from leafgraft.languages.editions import Edition, editions
from leafgraft.report.page import build_page


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report" / "index.html"
    path.parent.mkdir()
    for edition in editions(path):
        edition.path.write_text(build_page(contents(tied=False), edition), encoding="utf-8")
    return path


@pytest.fixture(params=[(1280, "light"), (390, "light"), (390, "dark")], ids=str)
def opened(request: pytest.FixtureRequest, browser: Any, page_file: Path) -> Iterator[tuple[Any, list[str]]]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab, problems = context.new_page(), []
    tab.on("console", lambda message: problems.append(message.text))
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("request", lambda sent: problems.append(sent.url) if sent.url.startswith("http") else None)
    tab.goto(page_file.as_uri())
    tab.wait_for_timeout(800)
    yield tab, problems
    context.close()


def test_no_error_no_request_no_sideways_scroll(opened: tuple[Any, list[str]]) -> None:
    tab, problems = opened
    assert problems == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_figure_is_drawn_by_plotly_where_there_is_room(opened: tuple[Any, list[str]]) -> None:
    tab, _ = opened
    wide = tab.evaluate("innerWidth >= 700")
    drawn = tab.evaluate("document.querySelectorAll('.plot .main-svg').length > 0")
    undrawn = tab.evaluate("document.querySelectorAll('.plot:not(:has(.main-svg))').length")
    assert (drawn, undrawn == 0) == (wide, wide)
    unseen = "[...document.querySelectorAll('.plot text tspan')].filter(one => getComputedStyle(one).fill === 'none')"
    assert tab.evaluate(f"{unseen}.length") == 0  # names on several lines; the page's own rules must not touch them
    if wide:  # a class called <script> is read letter by letter
        assert tab.evaluate(
            "[...document.querySelectorAll('.plot text')].some(t => t.textContent.includes('<script>'))"
        )


def test_figures_keep_their_height_when_the_window_changes(opened: tuple[Any, list[str]]) -> None:
    tab, _ = opened
    tab.set_viewport_size({"width": 900 if tab.evaluate("innerWidth >= 700") else 420, "height": 1000})
    tab.wait_for_timeout(600)
    heights = (
        "[...document.querySelectorAll('.plot:not([hidden]), .static:not(.replaced)')].map(one => one.offsetHeight)"
    )
    assert all(height > 40 for height in tab.evaluate(heights))


def test_languages_switch(opened: tuple[Any, list[str]]) -> None:
    tab, _ = opened
    assert tab.locator("text=May be claimed").is_visible()
    tab.click(".languages button >> text=한국어")
    assert not tab.locator("text=May be claimed").is_visible()
    assert tab.locator("text=주장할 수 있는 것").is_visible()


def test_who_reads_korean_is_led_to_the_korean_page_and_back_at_a_click(browser: Any, page_file: Path) -> None:
    alone = page_file.parents[1] / "index.html"
    alone.write_bytes(page_file.read_bytes())
    context = browser.new_context(locale="ko-KR")
    tab = context.new_page()
    tab.goto(f"{page_file.as_uri()}#pairs")
    tab.wait_for_url("**/report/index.ko.html#pairs")
    assert tab.locator("#pairs").inner_text() == "레시피 쌍"
    tab.locator(".editions a").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/report/index.html?lang=en")
    assert tab.locator("#pairs").inner_text() == "Pairs"
    tab.emulate_media(media="print")
    assert not tab.locator(".editions").is_visible()
    tab.goto(alone.as_uri())  # sent to somebody without the other: it is not lost
    assert tab.locator("#pairs").inner_text() == "Pairs"
    assert tab.url == alone.as_uri()
    context.close()


def test_no_drawing_is_wider_than_its_paper(opened: tuple[Any, list[str]]) -> None:
    tab, _ = opened
    tab.emulate_media(media="print")
    least = tab.evaluate("[...document.querySelectorAll('.static svg')].map(one => getComputedStyle(one).minWidth)")
    assert set(least) == {"0px"}, "there is no scrolling to what is cut off"


def test_table_sorts(opened: tuple[Any, list[str]]) -> None:
    tab, _ = opened
    names = (
        "[...document.querySelectorAll('#table ~ .scroll tbody tr')].map(row => row.cells[0].innerText.split('\\n')[0])"
    )
    assert tab.evaluate(names) == ["one", "two"]
    tab.click("#table ~ .scroll thead button >> text=Accuracy")
    assert tab.evaluate(names) == ["two", "one"]


def test_words_are_explained_by_keyboard_and_in_print(opened: tuple[Any, list[str]]) -> None:
    tab, _ = opened
    sentence = tab.locator("#word-tier")
    tab.locator("th .explain[popovertarget=word-tier]").focus()
    assert not sentence.is_visible()
    tab.keyboard.press("Enter")
    assert sentence.is_visible()
    box, width = sentence.bounding_box(), tab.evaluate("innerWidth")
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    tab.keyboard.press("Escape")
    assert not sentence.is_visible()
    tab.emulate_media(media="print")
    button = tab.locator("th .explain[popovertarget=word-tier]")
    note = button.get_attribute("data-note")
    printed = button.evaluate("one => getComputedStyle(one, '::after').content")
    assert printed.replace('" "', "") == f'"[{note}]"'  # "F1" of note 5 is not to read as "F15"
    assert tab.locator(f'.words-list li[value="{note}"]').inner_text().startswith("tier: Tier 1 is")


def test_drawings_and_tables_are_handed_over_as_files(opened: tuple[Any, list[str]]) -> None:
    tab, problems = opened
    figures = tab.locator("figure:has(svg)").count()
    assert tab.locator(".downloads button", has_text="SVG").count() == figures
    assert tab.locator(".downloads button", has_text="CSV").count() == tab.locator("table").count()
    drawing = _handed_over(tab, "SVG: Test accuracy with 95% intervals")
    svg = ET.fromstring(drawing[1])
    assert drawing[0] == "Test-accuracy-with-95-intervals.svg"
    assert "var(" not in drawing[1]
    one = next(letters for letters in svg.iter("{http://www.w3.org/2000/svg}text") if letters.text == "one")
    assert one.attrib["fill"] == "rgb(29, 36, 32)"  # the ink of print
    assert one.attrib["paint-order"] == "stroke"  # its outline lies under it, over the lines of the floors
    table = _handed_over(tab, "CSV: Table of all recipes")
    head, *rows = csv.reader(io.StringIO(table[1].removeprefix("\ufeff")))
    assert head[:6] == ["Recipe", "Tier", "Tier, as shown", "Accuracy", "Accuracy, as shown", "field"]
    assert [row[3] for row in rows] == ["0.97", "0.94"]
    assert rows[0][4] == "97.0% (95.0%–98.5%)"
    assert problems == []


def _handed_over(tab: Any, button: str) -> tuple[str, str]:
    """Name and text of the file that a button hands over."""
    with tab.expect_download() as expected:
        tab.get_by_role("button", name=button, exact=True).click()
    return expected.value.suggested_filename, Path(expected.value.path()).read_text(encoding="utf-8")


def test_what_is_not_known_comes_last_and_is_blank_in_the_file(browser: Any, tmp_path: Path) -> None:
    told = contents(tied=False)
    one, two = told.evaluation["recipes"]
    unmeasured = {**two, "name": "three", "log_loss": 0.3, "also_test": {}, "cost": {}}
    told.evaluation["recipes"] = [{**one, "log_loss": None}, {**two, "log_loss": 0.2}, unmeasured]
    (pair,) = told.evaluation["pairs"]
    told.evaluation["pairs"] = [{**pair, "a": "never", "photos_needed": None, "other": {}}, pair]
    page = tmp_path / "index.html"
    page.write_text(build_page(told, Edition(page)), encoding="utf-8")
    tab = browser.new_page()
    tab.goto(page.as_uri())
    for table, head, shown, last in (
        ("all pairs", "Photos needed", ["one", "never"], "never"),
        ("all pairs", "Macro-F1", ["one", "never"], "never"),
        ("all recipes", "Log loss", ["two", "three", "one"], "one"),
        ("all recipes", "field", None, "three"),
        ("all recipes", "Gflop/photo", None, "three"),
    ):
        region = tab.locator(f'[aria-label="Table of {table}"]')
        names = "rows => rows.map(row => row.cells[0].innerText.split('\\n')[0])"
        for way in ("up", "down"):
            region.locator("thead button").get_by_text(head, exact=True).click()
            found = region.locator("tbody tr").evaluate_all(names)
            assert found[-1] == last, (head, way)
            assert shown is None or way == "down" or found == shown
    head, *rows = csv.reader(io.StringIO(_handed_over(tab, "CSV: Table of all pairs")[1]))
    needed = head.index("Photos needed")
    assert {row[0]: row[needed] for row in rows} == {"one": "900", "never": ""}
    assert {row[needed + 1] for row in rows} == {"900", "no difference"}
    head, *rows = csv.reader(io.StringIO(_handed_over(tab, "CSV: Table of all recipes")[1]))
    three = dict(zip(head, next(row for row in rows if row[0].startswith("three")), strict=True))
    assert [three[name] for name in ("field", "Training min", "MB")] == ["", "", ""]
    tab.close()


def test_contrast_names_and_structure(opened: tuple[Any, list[str]]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab, _ = opened
    found = Axe().run(tab).response["violations"]
    serious = [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []
