"""Two bundles on one address, one after the other: no answer of one is shown as that of the other."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from drawn_bundle import write_bundle
from plain_site import PlainSite
from visits import Visit, need_page

from leafgraft.web import phone
from leafgraft.web.bundle import read_bundle
from leafgraft.web.phone import write_phone_page

need_page()
Start = Callable[..., Visit]
ANY_LEAF = {"method": "nearest colour", "acceptance": 0.95, "threshold": 9.0}


@pytest.fixture
def first(page_files: Path, tmp_path: Path) -> Iterator[PlainSite]:
    """The drawn bundle's page, at an address that another bundle can take."""
    with PlainSite(shutil.copytree(page_files, tmp_path / "site")) as started:
        yield started


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another bundle, which knows white leaves, too."""
    return write_bundle(tmp_path / "other", study="newer", created="2026-11-28T08:12:33+0000", known_leaf=ANY_LEAF)


def test_another_bundle_is_taken_before_the_first_answer(
    first: PlainSite, visit: Start, photos: Path, bundle: Path, other: Path
) -> None:
    person = visit(f"{first.address}leaves/")
    assert person.ask(photos / "white.jpg")["declined"] == "not a leaf I know"
    assert "Answered by drawn, made on 2026-11-24" in person.text("#by")
    assert person.tab.locator("#result").get_attribute("data-bundle") == read_bundle(bundle).index.identity
    write_phone_page(other, first.folder / "leaves")
    person.tab.reload()
    person.wait()
    for is_connected in (True, False):
        if not is_connected:
            first.stop()
            person.tab.reload()
            person.wait()
        assert person.text("#title") == "newer"
        assert person.ask(photos / "white.jpg")["declined"] != "not a leaf I know"
        assert "Answered by newer, made on 2026-11-28 (" in person.text("#by")
        assert person.tab.locator("#result").get_attribute("data-bundle") == read_bundle(other).index.identity
    assert person.text("#offline") == "Works without a connection."


def test_history_is_kept_by_bundle(first: PlainSite, visit: Start, photos: Path, other: Path) -> None:
    person = visit(f"{first.address}leaves/").keeps()
    person.ask(photos / "red.jpg")
    write_phone_page(other, first.folder / "leaves")
    person.tab.reload()
    person.wait()
    assert person.tab.locator("#history li").count() == 0
    assert person.text("#others-title") == "Answers of other models that were at this address (1)"
    assert "Early blight" in person.text("#others-list li")
    assert person.text("#others-list li").endswith("· drawn\n✕")
    person.ask(photos / "green.png")
    assert person.tab.locator("#history li").count() == 1
    assert "drawn" not in person.text("#history")
    person.tab.once("dialog", lambda dialog: dialog.accept())
    person.tab.click("#erase")
    person.tab.wait_for_selector("#past", state="hidden")
    assert person.tab.locator("#others-list li").count() == 0


def test_after_an_answer_another_bundle_is_offered(first: PlainSite, visit: Start, photos: Path, other: Path) -> None:
    person = visit(f"{first.address}leaves/")
    person.ask(photos / "red.jpg")
    write_phone_page(other, first.folder / "leaves")
    person.tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as when a person comes back to it
    person.tab.wait_for_selector("#newer")
    assert person.text("#newer") == "A newer model has come. Use it"
    assert person.text("#title") == "drawn"
    assert "Answered by drawn" in person.text("#by")
    person.tab.click("#newer button")
    person.until("document.title.startsWith('newer')")
    assert person.wait().ask(photos / "white.jpg")["declined"] != "not a leaf I know"


def test_who_has_no_patience_uses_the_kept_one(first: PlainSite, visit: Start, photos: Path, other: Path) -> None:
    person = visit(f"{first.address}leaves/")
    write_phone_page(other, first.folder / "leaves")
    model = first.folder / "leaves" / "model.onnx"
    model.unlink()
    os.mkfifo(model)  # comes only once something is written into it
    person.tab.reload()
    person.tab.click("#coming button")
    person.wait()
    assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"
    assert "Answered by drawn" in person.text("#by")
    model.open("wb").close()


def test_who_uses_the_kept_one_is_not_sent_to_the_newer_one(
    first: PlainSite, visit: Start, photos: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = visit(f"{first.address}leaves/")
    write_phone_page(other, first.folder / "leaves")
    goes_on = threading.Event()
    monkeypatch.setattr(
        PlainSite, "before", staticmethod(lambda path: goes_on.wait(60) if path.endswith("model.onnx") else None)
    )
    person.tab.reload()
    person.tab.click("#coming button")
    person.wait()
    goes_on.set()
    person.tab.wait_for_selector("#newer")
    assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"
    assert "Answered by drawn" in person.text("#by")


def test_a_page_is_not_taken_away_from_who_is_choosing_photos(
    first: PlainSite, visit: Start, photos: Path, other: Path
) -> None:
    person = visit(f"{first.address}leaves/")
    person.tab.click("#choose")
    chooser = person.wait_for_chooser()
    write_phone_page(other, first.folder / "leaves")
    person.tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    person.tab.wait_for_selector("#newer")
    chooser.set_files(photos / "red.jpg")
    assert person.read()["answer"] == "Early_Blight"
    assert "Answered by drawn" in person.text("#by")


HOLD = """() => {
  const { postMessage } = ServiceWorker.prototype;
  ServiceWorker.prototype.postMessage = function (said, ports) {
    if (said.mend) window.finish = () => ports[0].postMessage({ gone: 0 });
    else postMessage.call(this, said, ports);
  };
  navigator.serviceWorker.addEventListener('controllerchange', () => { window.isChanged = true; });
  return caches.keys().then(([name]) => caches.open(name)).then((cache) => cache.delete('/leaves/model.onnx'));
}"""


def test_another_bundle_that_comes_while_lost_files_are_fetched_is_offered(
    first: PlainSite, visit: Start, photos: Path, other: Path
) -> None:
    person = visit(f"{first.address}leaves/")
    person.ask(photos / "red.jpg")
    person.tab.evaluate(HOLD)
    person.tab.evaluate("dispatchEvent(new Event('focus'))")
    person.until("Boolean(window.finish)")
    write_phone_page(other, first.folder / "leaves")
    person.tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    person.until("Boolean(window.isChanged)")
    person.tab.evaluate("finish()")
    person.tab.wait_for_selector("#newer")


def test_files_of_two_versions_are_never_kept_as_one(
    first: PlainSite, visit: Start, photos: Path, other: Path, tmp_path: Path
) -> None:
    """As where a phone looks while the files of a page are being copied."""
    person = visit(f"{first.address}leaves/")
    write_phone_page(other, tmp_path / "newer")
    shutil.copy(tmp_path / "newer" / "sw.js", first.folder / "leaves")
    person.tab.reload()
    assert person.wait().ask(photos / "white.jpg")["declined"] == "not a leaf I know"
    assert person.text("#offline") == "Works without a connection."
    shutil.copytree(tmp_path / "newer", first.folder / "leaves", dirs_exist_ok=True)
    person.tab.reload()
    assert person.wait().ask(photos / "white.jpg")["declined"] != "not a leaf I know"
    first.stop()
    person.tab.reload()
    assert person.wait().text("#title") == "newer"
    assert person.ask(photos / "white.jpg")["declined"] != "not a leaf I know"


def test_the_service_worker_is_written_after_all_that_it_keeps(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(phone, "write_bytes", lambda path, _content: written.append(path.name))
    write_phone_page(bundle, tmp_path / "page")
    assert (written[-1], written.count("sw.js")) == ("sw.js", 1)


def test_an_answer_that_may_not_be_acted_on_says_so_whatever_bundle_comes_later(
    first: PlainSite, visit: Start, photos: Path, bundle: Path, tmp_path: Path
) -> None:
    field = {"name": "field", "photos": 50, "share": 0.4, "interval": [0.3, 0.5], "floor": 0.5}
    home = {"name": "home", "photos": 90, "share": 0.9, "interval": [0.8, 1.0], "floor": 0.4}
    write_phone_page(write_bundle(tmp_path / "weak", places=[home, field]), first.folder / "leaves")
    person = visit(f"{first.address}leaves/").keeps()
    person.ask(photos / "red.jpg")
    assert "Do not act on this: Early blight" in person.text("#history")
    write_phone_page(bundle, first.folder / "leaves")
    person.tab.reload()
    person.wait()
    assert "Do not act on this: Early blight" in person.text("#others-list")
    person.ask(photos / "red.jpg")
    assert "Do not act" not in person.text("#history")


def test_without_https_the_address_answers_by_what_it_holds(
    first: PlainSite, visit: Start, photos: Path, other: Path
) -> None:
    address = f"{first.address.replace('127.0.0.1', 'field.test')}leaves/"
    person = visit(address)
    write_phone_page(other, first.folder / "leaves")
    person.tab.reload()
    person.wait()
    assert person.text("#title") == "newer"
    assert person.ask(photos / "white.jpg")["declined"] != "not a leaf I know"
