from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
import segno
from starlette.testclient import TestClient

from leafgraft.web.delivery.phones import Phones
from leafgraft.web.delivery.send_page import SEND, create_send_page

ADDRESS = "https://192.168.7.3:8000/0123456789abcdef/start"
OWN = "http://127.0.0.1"


@pytest.fixture
def page(tmp_path: Path) -> tuple[TestClient, str]:
    """What answers, and its token."""
    (tmp_path / "model.onnx").write_text("weights", encoding="utf-8")
    answering, token = create_send_page(ADDRESS, "AB:CD", Phones(tmp_path, [].append), "127.0.0.1")
    return TestClient(answering, base_url=OWN, raise_server_exceptions=False), token


def test_the_code_holds_the_address(page: tuple[TestClient, str]) -> None:
    client, token = page
    drawn = client.get(f"/{token}/code.svg")
    expected = io.BytesIO()
    segno.make(ADDRESS, error="l", micro=False).save(expected, kind="svg", xmldecl=False, scale=6)
    assert drawn.content == expected.getvalue()
    assert drawn.headers["content-type"] == "image/svg+xml"
    told = client.get(f"/{token}/state.json").json()
    assert (told["address"], told["fingerprint"], told["phones"]) == (ADDRESS, "AB:CD", [])


@pytest.mark.parametrize("path", ["", "state.json", "code.svg"])
def test_who_lacks_its_token_or_comes_by_another_name_is_told_nothing(page: tuple[TestClient, str], path: str) -> None:
    client, token = page
    assert client.get(f"/{token}/{path}").status_code == 200
    refusals = [
        client.get(f"/{path}"),
        client.get(f"/{ADDRESS.split('/')[3]}/{path}"),  # the token of phones is another
        client.get(f"/{token}/{path}", headers={"Host": "leaves.example.org"}),  # a name that leads here (rebinding)
    ]
    assert [one.status_code for one in refusals] == [403, 403, 421]
    assert not [one for one in refusals if ADDRESS in one.text or token in one.text]


def test_steps_are_there_in_every_language_and_lead_nowhere(page: tuple[TestClient, str]) -> None:
    client, token = page
    shown = client.get(f"/{token}/")
    assert shown.headers["cache-control"] == "no-store"
    for word in ("Certificate Trust Settings", "인증서 신뢰 설정"):
        assert word in shown.text
    assert "<a " not in shown.text
    assert not re.findall(r"@\w+@", shown.text)
    pictures = re.findall(r'src="(taps/\w+\.svg)#', shown.text)
    assert len(pictures) == 18
    assert {client.get(f"/{token}/{one}").status_code for one in pictures} == {200}


def test_every_text_is_there_in_both_languages() -> None:
    english, korean = (json.loads((SEND / f"languages/{code}.json").read_text("utf-8")) for code in ("en", "ko"))
    assert english.keys() == korean.keys()
    for key, words in english.items():
        assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", korean[key])), key
    used = set(re.findall(r'data-text="([^"]+)"', (SEND / "send.html").read_text("utf-8")))
    used |= set(re.findall(r"\bt\('([^']+)'", (SEND / "send.js").read_text("utf-8")))
    for state in ("came", "certificate", "loading", "connected", "ready"):
        used |= {f"state-{state}", f"{state}-words"}
    assert used <= english.keys()
