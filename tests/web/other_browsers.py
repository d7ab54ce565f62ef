"""Firefox and WebKitGTK as Debian has them, by the commands of WebDriver (https://www.w3.org/TR/webdriver2/) alone.

WebKitGTK's driver takes them over HTTP. Firefox takes the same over its own Marionette port, so that it needs no driver
(https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visits import SLOW_MS

Send = Callable[[str, dict[str, Any]], Any]
MINI_BROWSER = next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))), None)
NEEDED = {"firefox": ("firefox-esr",), "webkit": ("WebKitWebDriver", "Xvfb")}
PATHS = {
    "Navigate": "url",
    "FindElement": "element",
    "ElementSendKeys": "element/{id}/value",
    "ExecuteScript": "execute/sync",
}


class BrowserError(Exception):
    """What the browser refused."""


def lacking(name: str) -> str:
    """What is not installed of what this browser needs."""
    lacks = [program for program in NEEDED[name] if not shutil.which(program)]
    return ", ".join(lacks + ["MiniBrowser"] * (name == "webkit" and MINI_BROWSER is None))


@dataclass(frozen=True)
class Tab:
    """One tab.

    Attributes:
        send: Gives the browser a command, and returns its answer.
    """

    send: Send

    def open(self, address: str) -> None:
        self.send("Navigate", {"url": address})
        self.until("document.body.dataset.ready")

    def reload(self) -> None:
        """As a person does; WebDriver's own command passes Firefox's service workers by."""
        self.run("delete document.body.dataset.ready; location.reload()")
        self.until("document.body.dataset.ready")

    def run(self, script: str) -> Any:
        return self.send("ExecuteScript", {"script": script, "args": []})

    def until(self, expression: str) -> None:
        """Wait until JavaScript is true; between two pages there is nothing to ask."""

        def is_so() -> bool:
            try:
                return bool(self.run(f"return {expression}"))
            except BrowserError:
                return False

        wait_for(is_so, expression)

    def ask(self, photo: Path) -> dict[str, str | None]:
        """Choose a photo and read the answer to it."""
        self.run("delete document.querySelector('#result').dataset.answered")
        element = self.send("FindElement", {"using": "css selector", "value": "#file"})
        self.send("ElementSendKeys", {"id": next(iter(element.values())), "text": str(photo)})
        self.until("document.querySelector('#result').dataset.answered && document.querySelector('#loading').hidden")
        answer, declined = self.run("const { answer, declined } = result.dataset; return [answer, declined]")
        return {"answer": answer or None, "declined": declined or None}


@contextmanager
def open_tab(name: str, folder: Path, *, past_warnings: bool = False) -> Iterator[Tab]:
    """Start the browser, whose own files go into the folder; it ends with the block.

    With `past_warnings` it takes any certificate.
    """
    with (open_firefox if name == "firefox" else open_webkit)(folder, {"acceptInsecureCerts": past_warnings}) as send:
        yield Tab(send)


@contextmanager
def open_firefox(folder: Path, wanted: dict[str, Any]) -> Iterator[Send]:
    (folder / "user.js").write_text('user_pref("marionette.port", 0);\n', encoding="utf-8")
    chosen = folder / "MarionetteActivePort"
    with running(["firefox-esr", "-headless", "-no-remote", "-marionette", "-profile", str(folder)], HOME=str(folder)):
        wait_for(lambda: chosen.is_file() and chosen.read_text(encoding="utf-8"), "Firefox opened no port")
        address = ("127.0.0.1", int(chosen.read_text(encoding="utf-8")))
        with socket.create_connection(address, SLOW_MS / 1000) as line, line.makefile("rwb") as stream:

            def read() -> Any:
                length = b""
                while not length.endswith(b":"):
                    length += stream.read(1)
                return json.loads(stream.read(int(length[:-1])))

            def send(command: str, parameters: dict[str, Any]) -> Any:
                message = json.dumps([0, 1, f"WebDriver:{command}", parameters]).encode()
                stream.write(b"%d:%b" % (len(message), message))
                stream.flush()
                _, _, error, found = read()
                if error:
                    raise BrowserError(error)
                return found.get("value")

            read()  # its greeting
            send("NewSession", wanted)
            yield send


@contextmanager
def open_webkit(folder: Path, wanted: dict[str, Any]) -> Iterator[Send]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    wanted |= {"webkitgtk:browserOptions": {"binary": str(MINI_BROWSER), "args": ["--automation"]}}

    def post(path: str, body: dict[str, Any]) -> Any:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/session{path}", json.dumps(body).encode())
        try:
            with urllib.request.urlopen(asked, timeout=SLOW_MS / 1000) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            with refused:
                raise BrowserError(refused.read().decode()) from None

    with (
        open_screen() as screen,
        running(["WebKitWebDriver", f"--port={port}"], HOME=str(folder), DISPLAY=f":{screen}"),
    ):
        wait_for(lambda: answers(port), "WebKitGTK's driver did not start")
        session = post("", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        yield lambda command, parameters: post(f"/{session}/{PATHS[command].format(**parameters)}", parameters)


@contextmanager
def open_screen() -> Iterator[str]:
    """A screen that nobody sees, and its number."""
    mine, its = os.pipe()
    with running(["Xvfb", "-displayfd", str(its), "-nolisten", "tcp"], pass_fds=(its,)), os.fdopen(mine) as told:
        os.close(its)
        yield told.readline().strip()


@contextmanager
def running(command: list[str], *, pass_fds: tuple[int, ...] = (), **environment: str) -> Iterator[None]:
    """A process that is ended with the block, and all that it started."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command,
        env=os.environ | environment,
        pass_fds=pass_fds,
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,
    ) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def wait_for(done: Callable[[], object], otherwise: str) -> None:
    end_s = time.monotonic() + SLOW_MS / 1000
    while not done():
        assert time.monotonic() < end_s, otherwise
        time.sleep(0.05)
