"""`leafgraft serve` as a process: it says where it listens, lives on, and stops when it is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bad_photos import NOISE, encode
from typer.testing import CliRunner
from visits import need_page

from leafgraft.cli.listening import check_origin
from leafgraft.cli.main import app
from leafgraft.errors import UsageError

need_page(in_browser=False)


@dataclass
class Running:
    """A service of its own process."""

    process: subprocess.Popen[str]
    scratch: Path
    port: int = 0

    def post(self, content: bytes) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/predict", content, {"Content-Type": "image/jpeg"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@contextmanager
def serve(bundle: Path, scratch: Path, *options: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "leafgraft", "serve", str(bundle), "--port", "0", "--json", *options]
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        running = Running(process, scratch)
        try:
            assert process.stdout is not None
            running.port = int(json.loads(process.stdout.readline())["page"].rsplit(":", 1)[1].rstrip("/"))
            yield running
        finally:
            process.kill()


def stop(running: Running, with_signal: signal.Signals | None = signal.SIGTERM) -> str:
    """Stop it, or wait until it stops, and prove that it left nothing behind."""
    if with_signal:
        running.process.send_signal(with_signal)
    words = running.process.communicate(timeout=60)[1]
    assert running.process.returncode == 0, words
    assert list(running.scratch.iterdir()) == []
    assert "Traceback" not in words
    return words


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_photo_under_way_is_answered_before_it_stops(
    bundle: Path, tmp_path: Path, with_signal: signal.Signals
) -> None:
    photo = encode(NOISE, "JPEG")
    head = f"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: {len(photo)}\r\n\r\n"
    with serve(bundle, tmp_path / "scratch") as running:
        with socket.create_connection(("127.0.0.1", running.port), timeout=30) as client:
            client.sendall(head.encode() + photo[:1000])
            time.sleep(0.5)
            running.process.send_signal(with_signal)
            time.sleep(0.5)
            client.sendall(photo[1000:])
            said = b"".join(iter(lambda: client.recv(65536), b""))
        assert said.startswith(b"HTTP/1.1 200 ")
        assert b"probabilities" in said
        words = stop(running, None)
    assert words.splitlines()[-1] == "Stopped."
    assert "Warning" not in words


def test_slow_and_huge_uploads_get_a_reason_and_others_an_answer(bundle: Path, photos: Path, tmp_path: Path) -> None:
    head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 9999\r\n\r\nab"
    with serve(bundle, tmp_path / "scratch") as running:
        with socket.create_connection(("127.0.0.1", running.port), timeout=60) as slow:
            slow.sendall(head)
            assert running.post((photos / "red.jpg").read_bytes())[1][0]["answer"] == "Early_Blight"
            status, refused = running.post(b"\xff" * 60_000_000)
            assert (status, refused["error"]) == (413, "request too large")
            said = b""
            while part := slow.recv(65536):  # until the service hangs up: head and reason may come apart
                said += part
        assert said.startswith(b"HTTP/1.1 503 ")
        assert b"did not arrive within 10 s" in said
        assert running.post((photos / "red.jpg").read_bytes())[0] == 200
        stop(running)


def test_beyond_this_machine_a_warning_is_printed(bundle: Path, photos: Path, tmp_path: Path) -> None:
    with serve(bundle, tmp_path / "scratch", "--host", "0.0.0.0", "--token", "sesame") as running:
        assert running.post((photos / "red.jpg").read_bytes())[0] == 401
        words = " ".join(stop(running).split())
    assert "Warning: The service is open to the network: clients must show the token" in words
    with serve(bundle, tmp_path / "open", "--host", "0.0.0.0") as running:
        assert running.post((photos / "red.jpg").read_bytes())[0] == 200
        words = " ".join(stop(running).split())
    assert "anyone who reaches this address can use it (see --token)" in words


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="This system has no address of IPv6.")
def test_every_address_of_ipv6_is_every_address_of_ipv4_too(bundle: Path, photos: Path, tmp_path: Path) -> None:
    with serve(bundle, tmp_path / "scratch", "--host", "::") as running:
        assert running.post((photos / "red.jpg").read_bytes())[0] == 200
        stop(running)


def test_a_port_that_is_taken_is_named(bundle: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(app, ["serve", str(bundle), "--port", str(port)])
    assert done.exit_code == 2
    assert f"port {port}" in done.stderr
    assert "Name another --port" in done.stderr


def test_a_name_that_no_address_can_have_is_said(bundle: Path) -> None:
    done = CliRunner().invoke(app, ["serve", str(bundle), "--host", "a..b"])
    assert done.exit_code == 2
    assert "must listen on a..b" in done.stderr


def test_a_damaged_bundle_is_not_served(bundle: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "bundle")
    (copy / "model.onnx").write_bytes(b"\0")
    done = CliRunner().invoke(app, ["serve", str(copy), "--port", "0"])
    assert done.exit_code == 1
    assert "SHA-256" in done.stderr


@pytest.mark.parametrize(
    "origin",
    [
        "leaves.example",
        "https://leaves.example/",
        "https://leaves.example/app",
        "null",
    ],
)
def test_an_origin_that_no_browser_sends_is_refused(bundle: Path, origin: str) -> None:
    done = CliRunner().invoke(app, ["serve", str(bundle), "--port", "0", "--allow-origin", origin])
    assert done.exit_code == 2
    assert origin in done.stderr
    assert "Write --allow-origin https://" in done.stderr


@pytest.mark.parametrize(
    ("origin", "mend"),
    [
        ("https://ana@leaves.example", "https://leaves.example"),
        ("https://잎.example", "https://xn--7u5b.example"),
        ("https://leaves.example:port", "https://example.org"),
        ("https://[::1", "https://example.org"),
        ("ftp://leaves.example", "https://example.org"),
    ],
)
def test_other_origins_that_no_browser_sends_are_told_as_browsers_send_them(origin: str, mend: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_origin(origin)
    assert refused.value.mend == f"Write --allow-origin {mend}"


def test_an_origin_may_name_the_usual_port() -> None:
    for given, sent in (
        ("https://Leaves.example:443", "https://leaves.example"),
        ("http://leaves.example:80", "http://leaves.example"),
        ("http://leaves.example:8080", "http://leaves.example:8080"),
        ("https://leaves.example:80", "https://leaves.example:80"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("*", "*"),
    ):
        assert check_origin(given) == sent


def test_an_allowed_page_is_told_so(bundle: Path, tmp_path: Path) -> None:
    with serve(bundle, tmp_path / "scratch", "--allow-origin", "https://leaves.example:443") as running:
        request = urllib.request.Request(
            f"http://127.0.0.1:{running.port}/v1/predict", b"", {"Origin": "https://leaves.example"}
        )
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request, timeout=60):
            pass
        with refused.value as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "https://leaves.example"
        stop(running)
