"""The page that a phone sees first, in headless Chromium at a phone's size."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from visits import Visit, need_page

from leafgraft.cli.listening import answer_beside
from leafgraft.web.delivery.app import START, create_delivery
from leafgraft.web.delivery.certificate import make_certificate
from leafgraft.web.delivery.phones import Phones

need_page()
TOKEN = "a-token-of-tests"


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("ko-KR", "dark")])
def test_axe_finds_nothing_and_every_picture_is_there(
    page_files: Path, tmp_path: Path, visit: Callable[..., Visit], locale: str, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = tmp_path / "page"
    shutil.copytree(page_files / "leaves", page)
    delivery = create_delivery(page, make_certificate("localhost"), TOKEN, Phones(page, [].append))
    with answer_beside(delivery) as port:
        person = visit("about:blank", wait=False, locale=locale, color_scheme=scheme)
        person.tab.goto(f"http://127.0.0.1:{port}/{TOKEN}/{START}")
        person.tab.evaluate("for (const one of document.images) one.loading = 'eager'")
        person.until("document.images.length === 9 && [...document.images].every((one) => one.naturalWidth)")
        assert person.tab.evaluate("document.documentElement.scrollWidth") <= 390
        violations = Axe().run(person.tab).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in violations] == []
    assert person.problems == []
