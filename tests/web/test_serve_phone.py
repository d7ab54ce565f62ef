"""`leafgraft serve --phone` as a process, and a phone-sized Chromium that takes the page from it into flight mode."""

from __future__ import annotations

import io
import json
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from other_browsers import lacking, open_tab, wait_for
from typer.testing import CliRunner
from visits import CHROMIUM, PHONE, Visit, need_page

from leafgraft.cli import delivering, listening
from leafgraft.cli.main import app

need_page()


TRUSTED = "--ignore-certificate-errors"  # as on a phone that has installed the certificate


@dataclass
class Computer:
    """The command as a process, whose talk goes into a log.

    Attributes:
        address: What the code leads to.
        send_page: The page for its own screen.
        log: The talk.
        token: In the address.
    """

    process: subprocess.Popen[str]
    address: str
    send_page: str
    log: Path
    token: str

    def stop(self) -> str:
        """Stop it as Ctrl+C does, and give all that it wrote after the address."""
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=60)
        return self.log.read_text(encoding="utf-8") + rest


@pytest.fixture
def computer(bundle: Path, tmp_path: Path) -> Iterator[Computer]:
    options = ["--phone", "--host", "localhost", "--port", "0", "--json"]
    command = [sys.executable, "-m", "leafgraft", "serve", str(bundle), *options]
    log = tmp_path / "log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield Computer(process, told["page"], told["send_page"], log, told["page"].split("/")[-2])
        finally:
            process.kill()


@contextmanager
def open_browser(*arguments: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *arguments]
        )
        yield browser
        browser.close()


def follow(browser: Any, computer: Computer) -> Visit:
    """Follow the code, and go on to the page as the start page leads, at a phone's size past the warning."""
    person = Visit(browser.new_context(**PHONE, locale="en-GB", ignore_https_errors=True).new_page())
    person.tab.goto(computer.address)
    person.tab.click("a[href='./'] >> nth=0")
    return person.wait()


def look_at_screen(browser: Any, computer: Computer) -> Visit:
    """Open the page for the computer's own screen."""
    return Visit(browser.new_context(locale="en-GB").new_page()).open(computer.send_page)


def see(person: Visit, selector: str, words: str) -> None:
    person._wait(lambda: words in person.text(selector), f"{selector} does not say '{words}'")


def test_from_the_first_visit_to_an_answer_in_flight_mode(computer: Computer, photos: Path) -> None:
    with open_browser(TRUSTED) as browser:
        screen = look_at_screen(browser, computer)
        assert screen.text("#came") == "No phone has come yet."
        assert screen.text("#address code") == computer.address
        person = follow(browser, computer)
        assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"
        assert person.text("#offline") == "Works without a connection."
        person._wait(lambda: "Ready" in computer.log.read_text(encoding="utf-8"), "the computer was not told")
        see(screen, "#came", "Ready without signal: Browser at 127.0.0.1.")
        told = screen.tab.evaluate("fetch('state.json').then((one) => one.json())")["phones"]
        assert [one["share"] for one in told] == [1.0]  # counted on the way, file by file
        person.tab.context.set_offline(True)
        said = computer.stop()
        person.tab.reload()
        person.wait()
        assert person.ask(photos / "green.png")["answer"] == "Healthy"
        assert person.text("#offline") == "Works without a connection."
        assert person.problems == []
        see(screen, "#problem", "A phone that is ready needs nothing more")
    assert computer.process.returncode == 0
    assert said.count("Ready without signal: model, page, languages, on the browser at 127.0.0.1.") == 1
    assert "Proceed" in said
    assert "Show Details" in said
    for secret in (computer.token, computer.send_page.split("/")[-2]):
        assert secret not in said


def test_a_phone_that_does_not_trust_it_is_not_called_ready(computer: Computer) -> None:
    with open_browser() as browser:
        screen, person = look_at_screen(browser, computer), follow(browser, computer)
        assert person.text("#offline").startswith("Works only with a connection")
        see(screen, "#phones", "it does not trust the certificate yet")
        assert screen.text("#came") == "None is ready yet."
    assert "Ready" not in computer.stop()


@pytest.mark.parametrize("name", ["firefox", "webkit"])
def test_other_browsers_take_it_too(name: str, computer: Computer, photos: Path, tmp_path: Path) -> None:
    if lacks := lacking(name):
        pytest.skip(f"not installed: {lacks}")
    # One window each: WebKit's driver opens private ones, which forget what a site kept when another is opened.
    for number in range(2):
        (tmp_path / str(number)).mkdir()
    with open_tab(name, tmp_path / "0") as tab:
        tab.open(computer.send_page)
        tab.until("qr.naturalWidth && came.innerText === 'No phone has come yet.'")
    with open_tab(name, tmp_path / "1", past_warnings=True) as tab:
        tab.send("Navigate", {"url": computer.address})
        tab.until("document.querySelector('li img')?.naturalWidth")
        tab.run("document.querySelector('a[href=\"./\"]').click()")
        tab.until("document.body.dataset.ready")
        wait_for(lambda: "Ready without" in computer.log.read_text(encoding="utf-8"), "the computer was not told")
        computer.stop()
        tab.reload()
        assert tab.ask(photos / "green.png")["answer"] == "Healthy"
        assert tab.run("return offline.innerText") == "Works without a connection."


def test_without_the_token_it_refuses(computer: Computer) -> None:
    bare = computer.address.replace(f"{computer.token}/", "")
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(bare, context=ssl._create_unverified_context(), timeout=60)
    refused.value.close()
    swapped = computer.send_page.replace(computer.send_page.split("/")[-2], computer.token)
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:  # a phone's token opens no page of this screen
        urllib.request.urlopen(swapped, timeout=60)
    refused.value.close()
    assert computer.token not in computer.stop()


def refuse(monkeypatch: pytest.MonkeyPatch, bundle: Path, *options: str, addresses: tuple[str, ...] = ()) -> str:
    monkeypatch.setattr(delivering, "network_address", lambda: "")
    monkeypatch.setattr(delivering, "addresses_in_networks", lambda: addresses)
    refused = CliRunner().invoke(app, ["serve", str(bundle), "--phone", *options])
    assert refused.exit_code == 2, refused.stderr
    assert not refused.stdout
    return " ".join(refused.stderr.split())


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ((), "in no network. to do: Join both to one Wi-Fi"),
        (("--host", "0.0.0.0"), "'0.0.0.0' is none"),
        (("--host", "LAB_PC"), "It is 'LAB_PC'. to do: Name the address of this computer"),
        (("--token", "a/b"), "8 to 64"),
        (("--allow-origin", "*"), "--allow-origin"),
    ],
)
def test_what_no_phone_could_reach_is_refused(
    options: tuple[str, ...], wanted: str, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wanted in refuse(monkeypatch, bundle, *options)


HOTSPOT, CABLE = "192.168.137.1", "10.0.0.7"


def test_of_several_addresses_of_which_none_leads_further_one_is_asked_for(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for options, found in (((), "has several"), (("--host", "0.0.0.0"), "'0.0.0.0' is none")):
        said = refuse(monkeypatch, bundle, *options, addresses=(HOTSPOT, CABLE))
        assert found in said
        assert f"with --host: {HOTSPOT}, {CABLE}." in said


def test_a_hotspot_of_this_computer_without_a_way_further_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "network_address", lambda: "")
    monkeypatch.setattr(delivering, "addresses_in_networks", lambda: (HOTSPOT,))
    assert delivering._reached("") == HOTSPOT
    monkeypatch.setattr(delivering, "network_address", lambda: CABLE)
    assert delivering._reached("") == CABLE


def test_addresses_are_those_of_networks_that_are_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def given(address: str, family: int = socket.AF_INET) -> list[SimpleNamespace]:
        return [SimpleNamespace(family=family, address=address)]

    cards = {"lo": "127.0.0.1", "ethernet": CABLE, "hotspot": HOTSPOT, "alone": "169.254.3.4", "off": "10.9.9.9"}
    listed = {name: given(address) for name, address in cards.items()} | {"six": given("fe80::1%six", socket.AF_INET6)}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: listed)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {one: SimpleNamespace(isup=one != "off") for one in listed})
    assert listening.addresses_in_networks() == (CABLE, HOTSPOT)


def test_the_other_addresses_are_said_and_the_host_that_is_given_is_taken(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "network_address", lambda: "127.0.0.1")
    monkeypatch.setattr(delivering, "addresses_in_networks", lambda: (HOTSPOT, CABLE))
    monkeypatch.setattr(delivering, "answer_until_stopped", lambda *_: None)
    others = f"Other addresses of this computer: {HOTSPOT}, {CABLE} (--host)"
    for host, says in (((), True), (("--host", "127.0.0.1"), False)):
        done = CliRunner().invoke(app, ["serve", str(bundle), "--phone", "--port", "0", "--json", *host])
        assert json.loads(done.stdout)["page"].startswith("https://127.0.0.1:")
        assert (others in done.stderr) == says


def test_this_computer_alone_is_no_address_that_was_not_given(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "network_address", lambda: HOTSPOT)  # where it must not listen
    monkeypatch.setattr(delivering, "answer_until_stopped", lambda *_: None)
    command = ["serve", str(bundle), "--phone", "--host", "127.0.0.1", "--port", "0", "--json"]
    assert json.loads(CliRunner().invoke(app, command).stdout)["page"].startswith("https://127.0.0.1:")


def test_a_token_of_the_system_is_refused_by_its_name(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "leave --token empty" in refuse(monkeypatch, bundle, "--token", "short")
    monkeypatch.setenv("LEAFGRAFT_TOKEN", "a+b/c==")
    said = refuse(monkeypatch, bundle)
    assert "That of $LEAFGRAFT_TOKEN has 7 characters" in said
    assert "leave $LEAFGRAFT_TOKEN empty" in said
    assert "--token" not in said


@pytest.mark.parametrize("encoding", ["cp949", "cp1252", "ascii"])
def test_a_console_without_half_blocks_shows_the_code_by_coloured_spaces(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", Terminal(written, encoding=encoding, newline=""))
    delivering._show_code("https://192.168.100.100:65535/0123456789abcdef/start")
    sys.stdout.flush()
    text = written.getvalue().decode("ascii")  # nothing but colours and spaces, which every console has
    assert "\\u" not in text
    assert text.count("\x1b[7m") > 100


def test_the_code_holds_the_address_and_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    delivering._show_code("https://192.168.100.100:65535/0123456789abcdef/start")
    drawn = capsys.readouterr().out.splitlines()
    assert 15 < len(drawn) < 24
    assert max(map(len, drawn)) <= 45


def test_the_terminal_names_the_page_for_its_screen_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    pages = ("https://192.168.7.3:8000/0123456789abcdef/start", "AB:CD", "http://127.0.0.1:4711/0123456789abcdef/")
    delivering._say_where(*pages, as_json=False)
    out, talked = capsys.readouterr()
    assert out.splitlines()[-1] == f"This screen  {pages[2]}"
    assert pages[0] in out
    assert "0123456789abcdef" not in talked
    delivering._say_where(*pages, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"page": pages[0], "sha256": "AB:CD", "send_page": pages[2]}
