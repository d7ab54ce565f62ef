"""`leafgraft serve --phone` as a process, and a phone-sized Chromium that takes the page from it into flight mode."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from visits import CHROMIUM, PHONE, Visit, need_page

from leafgraft.cli import listening
from leafgraft.cli.main import app

need_page()


@pytest.fixture
def phone_browser() -> Iterator[Any]:
    """Chromium that trusts any certificate, as a phone does that has installed ours."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--ignore-certificate-errors"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


def test_from_the_first_visit_to_an_answer_in_flight_mode(
    bundle: Path, photos: Path, phone_browser: Any, tmp_path: Path
) -> None:
    options = ["--phone", "--host", "localhost", "--port", "0", "--json"]
    command = [sys.executable, "-m", "leafgraft", "serve", str(bundle), *options]
    log = tmp_path / "log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            address = json.loads(process.stdout.readline())["page"]
            token = address.split("/")[-2]
            bare = address.replace(f"{token}/", "")
            with pytest.raises(urllib.error.HTTPError, match="403") as refused:
                urllib.request.urlopen(bare, context=ssl._create_unverified_context(), timeout=60)
            refused.value.close()
            tab = phone_browser.new_context(**PHONE, locale="en-GB", ignore_https_errors=True).new_page()
            person = Visit(tab)
            tab.goto(address)
            tab.click("a[href='./'] >> nth=0")
            person.wait()
            assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"
            assert person.text("#offline") == "Works without a connection."
            tab.context.set_offline(True)
        finally:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    said = log.read_text(encoding="utf-8")
    assert said.count("Ready without signal: model, page, languages, on the browser at 127.0.0.1.") == 1
    assert "Proceed" in said
    assert "Show Details" in said
    assert token not in said + rest
    tab.reload()
    person.wait()
    assert person.ask(photos / "green.png")["answer"] == "Healthy"
    assert person.text("#offline") == "Works without a connection."
    assert person.problems == []


def refuse(monkeypatch: pytest.MonkeyPatch, bundle: Path, *options: str) -> str:
    monkeypatch.setattr(listening, "network_address", lambda: "")
    refused = CliRunner().invoke(app, ["serve", str(bundle), "--phone", *options])
    assert refused.exit_code == 2, refused.stderr
    assert not refused.stdout
    return " ".join(refused.stderr.split())


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ((), "in no network. to do: Join both to one Wi-Fi"),
        (("--host", "0.0.0.0"), "'0.0.0.0' is none"),
        (("--token", "a/b"), "8 to 64"),
        (("--allow-origin", "*"), "--allow-origin"),
    ],
)
def test_what_no_phone_could_reach_is_refused(
    options: tuple[str, ...], wanted: str, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wanted in refuse(monkeypatch, bundle, *options)


def test_the_code_holds_the_address_and_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    listening._show_code("https://192.168.100.100:65535/0123456789abcdef/start")
    drawn = capsys.readouterr().out.splitlines()
    assert 15 < len(drawn) < 24
    assert max(map(len, drawn)) <= 45
