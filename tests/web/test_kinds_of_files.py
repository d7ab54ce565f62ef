"""Every page gets its scripts as scripts, whatever the system calls them: browsers are told not to guess."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# A registry of Windows in which some editor has put another kind.
REGISTRY = """
import mimetypes
from pathlib import Path
for ending in (".js", ".mjs", ".css", ".json", ".svg", ".wasm", ".webmanifest"):
    mimetypes.add_type("text/plain", ending)
from starlette.testclient import TestClient
folder, token = Path({folder!r}), "a-token-of-tests"
"""
SERVICE = """
from types import SimpleNamespace
from leafgraft.web.app import create_app
app = create_app(SimpleNamespace(index=SimpleNamespace(study="s", trial="t")), folder)
"""
DELIVERY = """
from leafgraft.web.delivery.app import create_delivery
from leafgraft.web.delivery.certificate import make_certificate
from leafgraft.web.delivery.phones import Phones
app = create_delivery(folder, make_certificate("localhost"), token, Phones(folder, print))
"""
LABELS = """
from leafgraft.web.labelling.gate import Gate
app = Gate("127.0.0.1", print).serve("labels", {}, {}, folder, {"shared.js": folder / "x.js"})
"""
OPEN = """
from leafgraft.web.opening.app import open_page
opened = open_page(None, "127.0.0.1", print)
app, token = opened.app, opened.token
"""
ASK = """
client = TestClient(app)
for path in {paths}:
    answer = client.get(path.replace("TOKEN", token))
    print(answer.status_code, answer.headers["content-type"].partition(";")[0])
"""


@pytest.mark.parametrize(
    ("made", "paths"),
    [
        (SERVICE, ["/x.js", "/docs/docs.js"]),
        (DELIVERY, ["/TOKEN/x.js"]),
        (LABELS, ["/x.js", "/shared.js"]),
        (OPEN, ["/TOKEN/open.js", "/TOKEN/languages.js"]),
    ],
)
def test_scripts_are_scripts_whatever_the_registry_says(made: str, paths: list[str], tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>page</title>", encoding="utf-8")
    (tmp_path / "x.js").write_text("1;", encoding="utf-8")
    code = REGISTRY.format(folder=str(tmp_path)) + made + ASK.format(paths=paths)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["200 text/javascript"] * len(paths)


def test_other_files_of_pages_have_their_kinds(tmp_path: Path) -> None:
    kinds = {"a.mjs": "text/javascript", "b.css": "text/css", "c.json": "application/json", "d.svg": "image/svg+xml"}
    kinds |= {"e.wasm": "application/wasm", "f.webmanifest": "application/manifest+json"}
    for name in kinds:
        (tmp_path / name).write_text("", encoding="utf-8")
    code = REGISTRY.format(folder=str(tmp_path)) + LABELS + ASK.format(paths=[f"/{name}" for name in kinds])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"200 {kind}" for kind in kinds.values()]
