"""The phone page in Firefox and in WebKitGTK, the kin of Safari; each skips where it is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bad_photos import cut_photos, odd_but_red, turned_photos
from other_browsers import Tab, lacking, open_tab
from PIL import Image
from plain_site import PlainSite
from visits import need_page

from leafgraft.web.predictor import load_bundle

need_page(in_browser=False)


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def tab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    if lacks := lacking(request.param):
        pytest.skip(f"not installed: {lacks}")
    with open_tab(request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started


def compare(tab: Tab, bundle: Path, photos: list[Path]) -> None:
    for photo, expected in zip(photos, load_bundle(bundle).predict_many(photos), strict=True):
        assert tab.ask(photo) == {"answer": expected.answer, "declined": expected.declined}, photo.name


def test_first_visit_then_without_a_server(tab: Tab, site: PlainSite, bundle: Path, photos: Path) -> None:
    tab.open(f"{site.address}leaves/")
    compare(tab, bundle, sorted(photos.iterdir()))
    assert tab.run("return offline.innerText") == "Works without a connection."
    site.stop()
    tab.reload()
    compare(tab, bundle, sorted(photos.iterdir()))
    assert tab.run("return offline.innerText") == "Works without a connection."


def test_the_language_is_switched_and_stays(tab: Tab, site: PlainSite, photos: Path) -> None:
    tab.open(f"{site.address}leaves/")
    tab.ask(photos / "blue.webp")
    tab.run("languages.value = 'ko'; languages.dispatchEvent(new Event('change'))")
    tab.until("/[가-힣]/.test(document.querySelector('#headline').innerText)")
    tab.reload()
    assert tab.run("return document.documentElement.lang") == "ko"


def test_odd_and_turned_photos_are_answered_as_in_python(
    tab: Tab, site: PlainSite, bundle: Path, tmp_path: Path
) -> None:
    halves = Image.new("RGB", (120, 60), (200, 60, 50))
    halves.paste((50, 70, 200), (0, 0, 60, 60))
    turned = {name: content for name, (content, _) in turned_photos(halves).items()}
    for name, content in (odd_but_red() | turned).items():
        (tmp_path / name).write_bytes(content)
    tab.open(f"{site.address}leaves/")
    compare(tab, bundle, sorted(tmp_path.iterdir()))


def test_a_photo_that_is_cut_is_declined(tab: Tab, site: PlainSite, drawn_leaves: Path, tmp_path: Path) -> None:
    tab.open(f"{site.address}leaves/")
    for name, content in cut_photos(Image.open(sorted(drawn_leaves.rglob("*.jpg"))[0])).items():
        (tmp_path / name).write_bytes(content)
        assert tab.ask(tmp_path / name)["declined"] == "unreadable", name


def test_what_is_kept_does_not_wait_for_what_the_browser_asks(tab: Tab, site: PlainSite, photos: Path) -> None:
    """Firefox asks the person whether the page may keep it for good, and answers the page when they do."""
    tab.open(f"{site.address}leaves/")
    tab.ask(photos / "red.jpg")
    tab.run("document.querySelector('#keep-yes').click()")
    tab.until("!document.querySelector('#where').hidden")
