"""From an empty folder to an answer on a phone, by `leafgraft open` alone: drawn leaves, one tiny network."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from visits import PHONE, Visit, need_page

from leafgraft.cli.main import app
from leafgraft.study.commands.sample import sample

need_page()
PROGRAM = Path(__file__).parents[1] / "small_leafgraft.py"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., tuple[str, subprocess.Popen[str]]]]:
    """Start `leafgraft open` in a folder, as often as asked for."""
    folders = {"HOME": tmp_path, "LEAFGRAFT_CACHE": tmp_path / "cache", "LEAFGRAFT_WEIGHTS": tmp_path / "weights"}
    environment = {**os.environ, **{name: str(path) for name, path in folders.items()}}
    running = []

    def start(*given: str) -> tuple[str, subprocess.Popen[str]]:
        command = [sys.executable, str(PROGRAM), "open", *given, "--json"]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes)
        running.append(process)
        assert process.stdout is not None
        return json.loads(process.stdout.readline())["page"], process

    yield start
    for process in running:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


@pytest.mark.slow
def test_from_an_empty_folder_to_an_answer_on_a_phone(
    opened: Callable[..., Any], visit: Callable[..., Visit], tmp_path: Path
) -> None:
    sample(tmp_path / "leaves", photos_per_class=14, side=48)
    page, first = opened()
    person = visit(page, is_mobile=False, has_touch=False, viewport={"width": 1280, "height": 900})
    person.tab.click(".folders button:has-text('leaves')")
    person.tab.click("#photos-chooser .buttons button")
    person.tab.click("#begin")
    person.tab.wait_for_selector("#choice:not([hidden])")
    assert "42 photos were looked at." in person.text("#audit")
    person.tab.click(".preset:nth-child(1) button")
    person.until("document.getElementById('now-title').textContent === 'The study is under way'")
    first.send_signal(signal.SIGKILL)  # the page is gone, the run is not
    person.until("document.getElementById('problem').textContent.includes('nothing is lost')")

    page, _ = opened("results/leaves")
    person = visit(page)
    person.tab.wait_for_selector("#phone:not([hidden])")
    person.until("document.getElementById('now').hidden")
    ran = json.loads((tmp_path / "results/leaves/run.json").read_text(encoding="utf-8"))
    assert (ran["asked"], ran["preset"]) == (str(tmp_path / "leaves"), "minutes")
    assert "squeezenet1_1" in person.text("#accuracy")
    with person.tab.context.expect_page() as report:
        person.tab.click("#report")
    report.value.wait_for_selector("#table")
    person.tab.click("[data-do=phone]")
    with person.tab.context.expect_page() as sending:
        person.tab.click("[data-do=phone] + a.opened")
    screen = Visit(sending.value).wait()
    phone = visit("about:blank", wait=False, **PHONE, ignore_https_errors=True)
    phone.tab.goto(screen.text("#address code"))
    phone.tab.click("a[href='./'] >> nth=0")
    answer = phone.wait().ask(next((tmp_path / "leaves").rglob("*.jpg")))
    assert len(answer["probabilities"]) == 3
    screen._wait(lambda: "only with a connection" in screen.text("#phones"), "the page did not tell of the phone")


@pytest.mark.parametrize(("given", "words"), [("nowhere", "There is no such folder"), ("file", "It is a file")])
def test_what_is_no_folder_is_refused(tmp_path: Path, given: str, words: str) -> None:
    (tmp_path / "file").touch()
    refused = CliRunner().invoke(app, ["open", str(tmp_path / given)])
    assert refused.exit_code == 2
    assert words in refused.stderr


def test_it_ends_at_once_although_a_page_listens(opened: Callable[..., Any], visit: Callable[..., Visit]) -> None:
    page, process = opened()
    visit(page)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=10)[1]
    assert process.returncode == 0
    assert "Traceback" not in said
    assert "the same command finds it" in said
