"""The zip of the phone page, on a plain web server below a path, as GitHub Pages is one."""

from __future__ import annotations

import os
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_bundle import write_bundle
from plain_site import PlainSite
from visits import Visit, need_page

from leafgraft.web import phone
from leafgraft.web.phone import write_phone_page, zip_page

need_page()


@pytest.fixture(scope="module")
def zipped(page_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("zip") / "phone.zip"
    zip_page(page_files / "leaves", target)
    return target


def test_unzipped_below_a_path_it_answers_in_flight_mode(
    zipped: Path, visit: Callable[..., Visit], photos: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(tmp_path / "repo")
    with PlainSite(tmp_path) as site:
        person = visit(f"{site.address}repo/")
        assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"
        assert person.text("#offline") == "Works without a connection."
        person.tab.context.set_offline(True)
        site.stop()
        person.tab.reload()
        person.wait()
        assert person.ask(photos / "green.png")["answer"] == "Healthy"
        assert person.problems == []


def unzip(zipped: Path, target: Path) -> None:
    """As `unzip` does, which gives every file its time; Python's own does not."""
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(target)
        for entry in archive.infolist():
            made = time.mktime((*entry.date_time, 0, 0, -1))
            os.utime(target / entry.filename, (made, made))


def test_a_newer_zip_reaches_a_phone_from_a_server_that_tells_by_age(
    zipped: Path, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    newer = write_bundle(tmp_path / "newer", study="newer", created="2026-11-28T08:12:33+0900")
    zip_page(write_phone_page(newer, tmp_path / "page"), tmp_path / "newer.zip")
    unzip(zipped, tmp_path / "site" / "leaves")
    with PlainSite(tmp_path / "site") as site:
        person = visit(f"{site.address}leaves/")
        assert person.text("#title") == "drawn"
        assert person.text("#offline") == "Works without a connection."
        unzip(tmp_path / "newer.zip", tmp_path / "site" / "leaves")
        person.tab.reload()
        person.wait()
        assert person.text("#title") == "newer"
        assert person.text("#offline") == "Works without a connection."


def test_a_zip_of_a_machine_whose_clock_was_never_set_is_written(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "bundle", created="1970-01-01T00:00:05+0000")
    zip_page(write_phone_page(bundle, tmp_path / "page"), tmp_path / "phone.zip")
    with zipfile.ZipFile(tmp_path / "phone.zip") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_it_holds_the_page_the_steps_and_nothing_else(zipped: Path, page_files: Path) -> None:
    page = page_files / "leaves"
    with zipfile.ZipFile(zipped) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    steps = held.pop("PUBLISH.txt").decode()
    assert held.pop("PUBLISH.ko.txt")
    assert held == {path.relative_to(page).as_posix(): path.read_bytes() for path in page.rglob("*") if path.is_file()}
    for part in ("'drawn'", "GitHub Pages", "Netlify Drop", "laboratory", "What becomes public", "in the browser, too"):
        assert part in steps
    assert "@" not in steps


def test_the_steps_stand_in_korean_beside_them(zipped: Path) -> None:
    with zipfile.ZipFile(zipped) as archive:
        english, korean = (archive.read(name).decode() for name in ("PUBLISH.txt", "PUBLISH.ko.txt"))
    for part in ("'drawn'", "GitHub Pages", "Netlify Drop", "연구실", "공개되는 것", "브라우저로도"):
        assert part in korean
    assert "@" not in korean
    for same in (
        r"https://\S*[\w/]",
        r"^---",
        r"^- ",
        r"^\d\. ",
        r"[\w.-]+\.(?:onnx|json|wasm)(?![a-z])",
        r"\d+(?:\.\d+)?(?= ?[MG])",
    ):
        found = [sorted(re.findall(same, text, re.MULTILINE)) for text in (english, korean)]
        assert found[0] == found[1] != []
    unquoted = re.sub(r'"[^"]*"', "", korean)  # what GitHub's buttons say is quoted
    assert re.findall(r"(?:\b[A-Za-z][a-z]+ ){3,}", unquoted) == []


def test_the_same_page_gives_the_same_zip(zipped: Path, page_files: Path, tmp_path: Path) -> None:
    zip_page(page_files / "leaves", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == zipped.read_bytes()


@pytest.mark.parametrize(
    ("limit", "words", "words_ko"),
    [
        ("GITHUB_IN_BROWSER", "only by git push", "git push로만"),
        ("GITHUB_AT_ALL", "no file over", "100MiB가 넘는 파일을 올릴 수 없습니다"),
    ],
)
def test_what_github_does_not_take_is_said(
    limit: str, words: str, words_ko: str, page_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, limit, 1000)
    zip_page(page_files / "leaves", tmp_path / "phone.zip")
    with zipfile.ZipFile(tmp_path / "phone.zip") as archive:
        assert words in archive.read("PUBLISH.txt").decode()
        assert words_ko in archive.read("PUBLISH.ko.txt").decode()
