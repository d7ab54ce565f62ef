"""Minutes from nothing to the three goals of a newcomer: a report in Korean, a paper's kit, an answer without signal.

    make wheel
    python benchmarks/three_goals.py PHOTOS --wheel dist/leafgraft-0.1.0-py3-none-any.whl

Each command is one that the documentation names, run in an empty environment into which the wheel was just installed,
with an empty cache, on 600 of the photos, as many of each class. What each goal asks for is looked for afterwards: the
page in Korean with a table and a figure; a figure, a table and a methods paragraph; an answer of the phone page in a
phone-sized Chromium in flight mode, with the computer's service stopped. Reading and typing come on top. The weights
lie in `$LEAFGRAFT_WEIGHTS`, so that no download of them is timed. The browser (playwright and Chromium) is that of the
environment that runs this script.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measured import copy_some, machine, write_result

PHOTOS = 600
FOUND_ERRORS = 3  # exit code of a run whose audit found errors
LIMITS_MIN = {"a report in Korean": 15, "figure, table and methods": 15, "an answer without signal": 20}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


class Clock:
    """Runs commands in the new environment, and takes down how long each takes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seconds = folder, dict[str, float]()
        cache = {"LEAFGRAFT_CACHE": str(folder / "cache"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        self.environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | cache

    def run(self, name: str, command: Sequence[str | Path], **more: str) -> None:
        """Run one command."""
        started_s = time.monotonic()
        done = subprocess.run(
            [str(one) for one in command],
            cwd=self.folder,
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in {0, FOUND_ERRORS}:
            raise SystemExit(f"{name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        self.took(name, started_s)

    def took(self, name: str, started_s: float) -> None:
        """Take down a step."""
        self.seconds[name] = round(time.monotonic() - started_s, 1)
        print(f"{name}: {self.seconds[name]:.1f} s", flush=True)


def check_report(study: Path) -> None:
    """The page is Korean, and has a table and a figure."""
    page = (study / "report" / "index.ko.html").read_text(encoding="utf-8")
    for wanted in ('lang="ko"', "<table", "<svg", "정확도"):
        if wanted not in page:
            raise SystemExit(f"The report lacks {wanted}.")


def check_kit(kit: Path) -> None:
    """There are figures, tables and the two paragraphs."""
    for wanted in ("*.pdf", "*.svg", "*.docx", "*.tex", "*methods*"):
        if not list(kit.rglob(wanted)):
            raise SystemExit(f"The kit lacks {wanted}.")


@contextmanager
def served(clock: Clock, bundle: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """`leafgraft serve --phone` as a process, and what it told."""
    command = [str(clock.folder / "venv" / "bin" / "leafgraft"), "serve", str(bundle), "--phone"]
    command += ["--host", "localhost", "--port", "0", "--json"]
    with subprocess.Popen(
        command, env=clock.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process, json.loads(process.stdout.readline() if process.stdout else "")
        finally:
            process.kill()


def answer_in_flight_mode(clock: Clock, bundle: Path, photo: Path) -> str:
    """Follow the code, wait until all is there, stop the computer, go offline, reload, and ask about a photo."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - of this environment, not of the new one

    arguments = ["--no-sandbox", "--disable-gpu", "--ignore-certificate-errors"]  # as with the certificate installed
    with sync_playwright() as playwright, served(clock, bundle) as (process, told):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        context = browser.new_context(**PHONE, ignore_https_errors=True)
        tab = context.new_page()
        tab.set_default_timeout(120_000)
        tab.goto(told["page"])
        tab.click("a[href='./'] >> nth=0")
        tab.wait_for_selector("body[data-ready]")
        while "Works without a connection" not in tab.locator("#offline").inner_text():
            tab.wait_for_timeout(200)
        process.send_signal(signal.SIGINT)
        process.wait(60)
        context.set_offline(True)
        tab.reload()
        tab.wait_for_selector("body[data-ready]")
        tab.set_input_files("#file", str(photo))
        tab.wait_for_selector('#result[data-answered="1"]')
        words = tab.locator("#result").inner_text()
        browser.close()
    return str(words)


def main() -> None:
    """Run everything once, print minutes per goal, and write JSON beside this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--wheel", type=Path, required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        clock = Clock(Path(name))
        photos = copy_some(given.photos, PHOTOS, clock.folder / "leaves")
        clock.run("empty environment", [sys.executable, "-m", "venv", "venv"])
        command = clock.folder / "venv" / "bin"
        wheel = f"{given.wheel.resolve()}[train,web,paper]"
        clock.run("install", [command / "python", "-m", "pip", "install", "-q", wheel])
        study = clock.folder / "results" / "leaves"
        clock.run("run", [command / "leafgraft", "run", photos, "--out", study], LEAFGRAFT_LANG="ko")
        check_report(study)
        clock.run("paper", [command / "leafgraft", "paper", study, "--out", "kit"])
        check_kit(clock.folder / "kit")
        started_s = time.monotonic()
        answer = answer_in_flight_mode(clock, study / "bundle", next(next(photos.iterdir()).iterdir()))
        clock.took("serve, first visit, flight mode, answer", started_s)
        print(answer)
    installed = clock.seconds["empty environment"] + clock.seconds["install"]
    until_report = installed + clock.seconds["run"]
    goals = {
        "a report in Korean": until_report,
        "figure, table and methods": until_report + clock.seconds["paper"],
        "an answer without signal": until_report + clock.seconds["serve, first visit, flight mode, answer"],
    }
    print("| goal | minutes | limit |\n|---|---|---|")
    for goal, seconds in goals.items():
        print(f"| {goal} | {seconds / 60:.1f} | {LIMITS_MIN[goal]} |")
    minutes = {goal: round(seconds / 60, 2) for goal, seconds in goals.items()}
    write_result(Path(__file__).with_suffix(".json"), {**machine(), "seconds": clock.seconds, "minutes": minutes})


if __name__ == "__main__":
    main()
