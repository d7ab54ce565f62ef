"""A drawn bundle and drawn photos; helpers of these tests are importable by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

COLOURS = {
    "red.jpg": (200, 60, 50),
    "green.png": (60, 180, 70),
    "blue.webp": (50, 70, 200),
    "mixed.png": (130, 120, 60),
    "white.jpg": (255, 255, 255),
}


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn bundle; tests that change it copy it first."""
    from drawn_bundle import write_bundle

    return write_bundle(tmp_path_factory.mktemp("drawn") / "bundle")


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One photo per class, one between two classes, one of nothing known."""
    folder = tmp_path_factory.mktemp("photos")
    for name, colour in COLOURS.items():
        Image.new("RGB", (120, 90), colour).save(folder / name)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium with a camera that films a test card; playwright's loop must not outlive the module."""
    from playwright.sync_api import sync_playwright
    from visits import CHROMIUM

    arguments = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]
    arguments += ["--host-resolver-rules=MAP field.test 127.0.0.1"]  # a name without https, as in a field station
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="session")
def page_files(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A web server's folder with the drawn bundle's phone page below `leaves/`; tests that change it copy it first."""
    from leafgraft.web.phone import write_phone_page

    root = tmp_path_factory.mktemp("site")
    write_phone_page(bundle, root / "leaves")
    (root / "control.html").write_text("a page without a policy", encoding="utf-8")
    return root


@pytest.fixture
def site(page_files: Path) -> Iterator[Any]:
    """The page on a plain web server of its own, so that every test starts from a first visit."""
    from plain_site import PlainSite

    with PlainSite(page_files) as started:
        yield started


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Make visits with an own context each: `visit(address, locale="ko-KR")`."""
    from visits import PHONE, Visit

    contexts = []

    def start(address: str, *, wait: bool = True, **settings: Any) -> Visit:
        context = browser.new_context(**{"locale": "en-GB", **PHONE, **settings})
        contexts.append(context)
        person = Visit(context.new_page())
        return person.open(address) if wait else person

    yield start
    for context in contexts:
        context.close()
