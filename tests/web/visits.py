"""A person's visits to the phone page, in headless Chromium."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leafgraft.web.phone import VENDORED

CHROMIUM = shutil.which("chromium")
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
SLOW_MS = 120_000  # machines that run tests are shared
# A browser drops what is typed before it has painted the page, which nobody could see then.
SHOWN = "new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))"


def need_page(*, in_browser: bool = True) -> None:
    """Skip the module where parts of the page or Chromium are absent; with CI=true that is a failure instead."""
    absent = ""
    if in_browser and CHROMIUM is None:
        absent = "Chromium is not installed"
    if not all(path.is_file() for path in VENDORED):
        absent = "what the page runs on is absent: run `make web`"
    if absent and os.environ.get("CI") == "true":
        pytest.fail(absent, pytrace=False)
    if absent:
        pytest.skip(absent, allow_module_level=True)


@dataclass
class Visit:
    """One tab.

    Attributes:
        tab: Playwright's page.
        problems: What the browser complained about.
        answered: Photos so far.
        choosers: File dialogues that were opened; listened for from the start, or the browser's own would open.
    """

    tab: Any
    problems: list[str] = field(default_factory=list)
    answered: int = 0
    choosers: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tab.set_default_timeout(SLOW_MS)
        self.tab.on("console", lambda message: self.problems.append(message.text))
        self.tab.on("filechooser", lambda chooser: self.choosers.append(chooser))  # noqa: PLW0108 - it marks what it is given
        self.tab.on("pageerror", lambda error: self.problems.append(str(error)))

    def open(self, address: str) -> Visit:
        self.tab.goto(address)
        return self.wait()

    def wait(self) -> Visit:
        """Wait until photos can be asked about."""
        self.tab.wait_for_selector("body[data-ready]")
        self.tab.evaluate(SHOWN)
        self.answered = 0
        return self

    def keeps(self) -> Visit:
        """Let the phone keep photos and answers."""
        self.tab.click("#keep-yes")
        self.tab.wait_for_selector("#where")
        return self

    def ask(self, *photos: Path) -> dict[str, Any]:
        """Choose photos and read the answer to the last."""
        self.tab.set_input_files("#file", [str(photo) for photo in photos])
        return self.read(len(photos))

    def read(self, more: int = 1) -> dict[str, Any]:
        """Read the answer once `more` photos were answered."""
        self.answered += more
        self.tab.wait_for_selector(f'#result[data-answered="{self.answered}"]')
        self.tab.wait_for_selector("#loading", state="hidden")
        shares = "rows => Object.fromEntries(rows.map(row => [row.dataset.class, Number(row.dataset.probability)]))"
        result = self.tab.locator("#result")
        return {
            "answer": result.get_attribute("data-answer") or None,
            "declined": result.get_attribute("data-declined") or None,
            "probabilities": self.tab.eval_on_selector_all("#shares li", shares),
            "words": result.inner_text(),
        }

    def until(self, expression: str) -> None:
        """Wait until JavaScript is true; Playwright's own way evaluates in the page, which its policy forbids."""
        self._wait(lambda: self.tab.evaluate(expression), expression)

    def wait_for_chooser(self) -> Any:
        """Wait for a file dialogue."""
        self._wait(lambda: self.choosers, "no file dialogue opened")
        return self.choosers.pop()

    def _wait(self, done: Callable[[], Any], otherwise: str) -> None:
        end_s = time.monotonic() + SLOW_MS / 1000
        while not done():
            assert time.monotonic() < end_s, otherwise
            self.tab.wait_for_timeout(50)

    def text(self, selector: str) -> str:
        return str(self.tab.locator(selector).inner_text())


def press(person: Visit, key: str, then: str) -> None:
    """Press a key on a page on which people answer, and wait for the item of this number, or for `end`."""
    person.tab.keyboard.press(key)
    person.until(f"document.body?.dataset.ready === {then!r}")


class LabelCommand:
    """`leafgraft label` as a process, at one address however often it starts."""

    def __init__(self, source: Path, *more: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        options = ["--labeller", "Ana", "--port", str(port), "--json", *more]
        self._command = [sys.executable, "-m", "leafgraft", "label", str(source), *options]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.told = json.loads(self.process.stdout.readline())

    def end(self, with_signal: signal.Signals) -> str:
        self.process.send_signal(with_signal)
        return self.process.communicate(timeout=60)[1]
