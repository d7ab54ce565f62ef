"""Weights that the Hub does not give: one try, our words alone, and what was downloaded before is still used."""

import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import timm
from huggingface_hub import constants
from safetensors.torch import save_file

from leafgraft.choices.backbones.build import build_backbone
from leafgraft.choices.backbones.hub import RETRIES
from leafgraft.errors import WeightsError
from leafgraft.records.recipe import Choice

NAME, REVISION = "resnet10t", "0" * 40
NOWHERE = "http://127.0.0.1:9"


def move_hub(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", f"{address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    )


@pytest.fixture(autouse=True)
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The Hub's cache, empty; its connections are closed at the end."""
    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """Address of a hub that has broken down, and what it was asked."""
    requests: list[str] = []

    class Broken(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            requests.append(self.path)
            self.send_error(503)

        do_GET = do_HEAD  # noqa: N815 - the names are the library's

        def log_message(self, *_given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", requests
    server.shutdown()
    server.server_close()


def test_a_hub_that_fails_is_not_asked_for_a_minute(
    asked: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    address, requests = asked
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    move_hub(monkeypatch, address)
    with pytest.raises(WeightsError, match=f"{address}.*model.safetensors gave HTTP Error 503") as caught:
        build_backbone(Choice(f"timm:{NAME}"), "pretrained", 64)
    assert waited == []
    assert len(requests) <= 2  # the library looks once by itself before it begins to retry
    assert f"{NAME}.safetensors" in caught.value.mend
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("level", [logging.NOTSET, logging.WARNING])
def test_without_a_network_it_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], level: int
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    monkeypatch.setattr(logging.root.manager, "disable", level)
    move_hub(monkeypatch, NOWHERE)
    with pytest.raises(WeightsError, match=r"127.0.0.1:9.*refused"):
        build_backbone(Choice(f"timm:{NAME}"), "pretrained", 64)
    assert waited == []
    assert capfd.readouterr() == ("", "")


def test_what_was_downloaded_before_is_used_without_a_network(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_hub(monkeypatch, NOWHERE)
    network = timm.create_model(NAME)
    kept = hub_cache / f"models--timm--{NAME}.c3_in1k"
    for folder in (kept / "refs", kept / "snapshots" / REVISION):
        folder.mkdir(parents=True)
    (kept / "refs" / "main").write_text(REVISION)
    save_file(network.state_dict(), kept / "snapshots" / REVISION / "model.safetensors")
    found = build_backbone(Choice(f"timm:{NAME}"), "pretrained", 64).state_dict()
    assert any(tensor.equal(network.conv1[0].weight) for tensor in found.values())


def test_the_hub_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    move_hub(monkeypatch, NOWHERE)
    library, retries = logging.getLogger("huggingface_hub"), logging.getLogger(RETRIES)
    before = library.level, retries.level, list(retries.filters), constants.HF_HUB_OFFLINE
    with pytest.raises(WeightsError):
        build_backbone(Choice(f"timm:{NAME}"), "pretrained", 64)
    assert (library.level, retries.level, list(retries.filters), constants.HF_HUB_OFFLINE) == before
