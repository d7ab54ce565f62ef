"""The phone page and the description as `leafgraft serve` hosts them."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from visits import Visit, need_page

from leafgraft.web.app import create_app
from leafgraft.web.phone import POLICY, write_phone_page
from leafgraft.web.predictor import load_bundle

need_page()
Start = Callable[..., Visit]


@pytest.fixture(scope="module")
def port(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The service in a thread."""
    page = write_phone_page(bundle, tmp_path_factory.mktemp("served") / "page")
    server = uvicorn.Server(uvicorn.Config(create_app(load_bundle(bundle), page), log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield int(listening.getsockname()[1])
        server.should_exit = True
        thread.join()


def test_the_page_is_hosted_with_its_policy(port: int, visit: Start, photos: Path) -> None:
    headers: dict[str, str] = {}
    person = visit("about:blank", wait=False)
    person.tab.on("response", lambda one: headers.update(one.headers) if one.url.endswith("model-worker.js") else None)
    person.open(f"http://127.0.0.1:{port}/")
    assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"
    assert headers["content-security-policy"].startswith(POLICY)
    assert person.problems == []


def test_without_https_it_answers_but_is_not_kept(port: int, visit: Start, photos: Path) -> None:
    """There is no service worker, no live camera and no hashing by the browser then."""
    person = visit(f"http://field.test:{port}/")
    assert not person.tab.evaluate("isSecureContext")
    assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"
    assert "Works only with a connection" in person.text("#offline")
    person.tab.click("#camera")
    person.wait_for_chooser()
    assert person.problems == []


def test_hashes_by_hand_are_those_of_the_standard(port: int, visit: Start) -> None:
    person = visit(f"http://field.test:{port}/")
    code = "async sizes => { const { sha256 } = await import('/sha256.js');"
    code += " return Promise.all(sizes.map(size => sha256(Uint8Array.from({ length: size }, (_, place) => place)))); }"
    sizes = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 100_000]
    expected = [hashlib.sha256(bytes(place % 256 for place in range(size))).hexdigest() for size in sizes]
    assert person.tab.evaluate(code, sizes) == expected


def test_the_description_is_drawn_without_the_internet(port: int, visit: Start) -> None:
    person = visit("about:blank", wait=False)
    asked: list[str] = []
    person.tab.on("request", lambda one: asked.append(one.url))
    person.tab.goto(f"http://127.0.0.1:{port}/docs")
    person.tab.click('[data-path="/v1/predict"]')
    person.tab.wait_for_selector("text=Too many bytes, pixels or photos")
    assert all(one.startswith((f"http://127.0.0.1:{port}/", "data:")) for one in asked)
    assert person.problems == []
