from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from leafgraft.web.delivery.app import create_delivery
from leafgraft.web.delivery.certificate import make_certificate
from leafgraft.web.delivery.phones import Phone, Phones

TOKEN = "a-token-of-tests"
CERTIFICATE = make_certificate("localhost")


@pytest.fixture
def ready() -> list[str]:
    return []


@pytest.fixture
def phones(tmp_path: Path, ready: list[str]) -> Phones:
    files = {"index.html": "the page", "style.css": "", "phone.json": "{}", "model.onnx": "weights", "sw.js": ""}
    for name, text in {**files, "languages/en.json": "{}", "languages/ko.json": "{}"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return Phones(tmp_path, ready.append)


@pytest.fixture
def client(tmp_path: Path, phones: Phones) -> TestClient:
    return TestClient(create_delivery(tmp_path, CERTIFICATE, TOKEN, phones), raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/", "/start", "/index.html", "/leafgraft.crt", f"/{TOKEN}x/", f"/x/{TOKEN}/", "//"])
def test_without_the_token_nothing_is_given(client: TestClient, path: str) -> None:
    refused = client.get(path)
    assert refused.status_code == 403
    assert refused.json()["error"] == "no token"
    assert client.post("/ready").status_code == 403


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "This address is of no command that runs now."), ("ko", "지금 실행 중인 명령의 주소가 아닙니다.")],
)
def test_a_person_who_opens_an_address_without_the_token_is_told_on_a_page(
    client: TestClient, language: str, words: str
) -> None:
    opened = client.get("/old/", headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": language})
    assert (opened.status_code, opened.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert words in opened.text
    assert f'<html lang="{language}">' in opened.text
    assert "default-src 'none'" in opened.headers["content-security-policy"]
    asked = client.get("/old/state.json", headers={"Accept-Language": language})
    assert asked.json()["reason"].startswith(words)


def test_with_the_token_the_page_and_the_certificate_are_given(client: TestClient) -> None:
    page = client.get(f"/{TOKEN}/")
    assert page.text == "the page"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    given = client.get(f"/{TOKEN}/leafgraft.crt")
    assert given.content == CERTIFICATE.authority
    assert given.headers["content-type"] == "application/x-x509-ca-cert"
    assert client.get(f"/{TOKEN}/none.html").status_code == 404


@pytest.mark.parametrize(("language", "word"), [("ko-KR,ko;q=0.9", "인증서"), ("sw", "Certificate Trust Settings")])
def test_what_to_tap_is_said_in_the_phones_language(client: TestClient, language: str, word: str) -> None:
    said = client.get(f"/{TOKEN}/start", headers={"Accept-Language": language}).text
    for part in (word, "Android", "iPhone", CERTIFICATE.fingerprint):
        assert part in said
    assert "@" not in said
    pictures = set(re.findall(r'src="([^"#]+)#', said))
    assert [client.get(f"/{TOKEN}/{one}").headers["content-type"] for one in pictures] == ["image/svg+xml"]


def test_each_phone_is_named_once(client: TestClient, ready: list[str]) -> None:
    for agent in (
        "Mozilla/5.0 (Linux; Android 15; K)",
        "Mozilla/5.0 (iPhone; CPU)",
        "Mozilla/5.0 (iPhone; CPU)",
        "[red]",
    ):
        assert client.post(f"/{TOKEN}/ready", headers={"User-Agent": agent}).status_code == 204
    assert ready == ["Android phone at testclient", "iPhone at testclient", "browser at testclient"]


ANDROID = {"User-Agent": "Mozilla/5.0 (Linux; Android 15; K)"}


def told_of(phones: Phones) -> dict[str, Any]:
    (one,) = phones.to_json()
    return one


def test_it_is_known_how_far_a_phone_is(client: TestClient, phones: Phones, ready: list[str]) -> None:
    assert phones.to_json() == []
    states = []
    for path in ("start", "style.css", "leafgraft.crt", "", "phone.json", "languages/en.json", "model.onnx"):
        client.get(f"/{TOKEN}/{path}", headers=ANDROID)
        states.append(told_of(phones)["state"])
    assert states == ["came", "came", *["certificate"] * 2, *["loading"] * 3]
    assert told_of(phones)["parts"] == {"languages": False, "model": True, "page": True}
    assert 0.5 < told_of(phones)["share"] < 1
    client.post(f"/{TOKEN}/ready?kept=false", headers=ANDROID)
    assert (told_of(phones)["state"], ready) == ("connected", [])
    client.get(f"/{TOKEN}/languages/ko.json", headers=ANDROID)
    for kept in ("true", "false"):  # another tab may keep nothing: the phone has it all the same
        client.post(f"/{TOKEN}/ready?kept={kept}", headers=ANDROID)
    assert told_of(phones) == {
        "system": "Android",
        "address": "testclient",
        "state": "ready",
        "share": 1.0,
        "parts": {"languages": True, "model": True, "page": True},
    }
    assert ready == ["Android phone at testclient"]


def test_who_goes_on_after_the_page_worked_only_with_a_connection_is_seen_to(
    client: TestClient, phones: Phones
) -> None:
    client.get(f"/{TOKEN}/phone.json", headers=ANDROID)
    client.post(f"/{TOKEN}/ready?kept=false", headers=ANDROID)
    states = []
    for path in ("start", "leafgraft.crt", "phone.json", "model.onnx"):
        client.get(f"/{TOKEN}/{path}", headers=ANDROID)
        states.append(told_of(phones)["state"])
    assert states == ["connected", "certificate", "loading", "loading"]
    client.post(f"/{TOKEN}/ready?kept=true", headers=ANDROID)
    client.get(f"/{TOKEN}/phone.json", headers=ANDROID)
    assert told_of(phones)["state"] == "ready"


def test_what_a_phone_has_already_counts_and_what_is_not_there_does_not(client: TestClient, phones: Phones) -> None:
    kept = client.get(f"/{TOKEN}/model.onnx").headers["etag"]
    assert client.get(f"/{TOKEN}/model.onnx", headers={**ANDROID, "If-None-Match": kept}).status_code == 304
    client.get(f"/{TOKEN}/none.onnx", headers=ANDROID)
    assert [one["parts"]["model"] for one in phones.to_json()] == [True, True]
    assert phones.to_json()[1]["share"] == phones.to_json()[0]["share"] < 1


def test_what_was_cut_off_does_not_count(phones: Phones) -> None:
    phone = Phone("iPhone", "192.168.7.4")
    phones.begin(phone, "model.onnx", 200)
    phones.give(phone, "model.onnx", 6)  # of 7 bytes
    phones.begin(phone, "model.onnx", 200)
    phones.give(phone, "model.onnx", 6)
    assert phone.got == {"model.onnx": 6}
