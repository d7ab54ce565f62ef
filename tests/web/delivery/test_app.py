from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from leafgraft.web.delivery.app import create_delivery
from leafgraft.web.delivery.certificate import make_certificate

TOKEN = "a-token-of-tests"
CERTIFICATE = make_certificate("localhost")


@pytest.fixture
def ready() -> list[str]:
    return []


@pytest.fixture
def client(tmp_path: Path, ready: list[str]) -> TestClient:
    (tmp_path / "index.html").write_text("the page", encoding="utf-8")
    (tmp_path / "style.css").write_text("", encoding="utf-8")
    return TestClient(create_delivery(tmp_path, CERTIFICATE, TOKEN, ready.append), raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/", "/start", "/index.html", "/leafgraft.crt", f"/{TOKEN}x/", f"/x/{TOKEN}/", "//"])
def test_without_the_token_nothing_is_given(client: TestClient, path: str) -> None:
    refused = client.get(path)
    assert refused.status_code == 403
    assert refused.json()["error"] == "no token"
    assert client.post("/ready").status_code == 403


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


def test_each_phone_is_named_once(client: TestClient, ready: list[str]) -> None:
    for agent in (
        "Mozilla/5.0 (Linux; Android 15; K)",
        "Mozilla/5.0 (iPhone; CPU)",
        "Mozilla/5.0 (iPhone; CPU)",
        "[red]",
    ):
        assert client.post(f"/{TOKEN}/ready", headers={"User-Agent": agent}).status_code == 204
    assert ready == ["Android phone at testclient", "iPhone at testclient", "browser at testclient"]
