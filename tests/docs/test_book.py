"""The book: built strictly, complete, without a request to anywhere, searchable from the disk, readable on a phone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("zensical", reason="the extra 'docs' is not installed: pip install 'leafgraft[docs]'")
pytest.importorskip("jupytext", reason="the extra 'docs' is not installed: pip install 'leafgraft[docs]'")

import assemble
import notebook
import yaml

from leafgraft.records.extras import EXTRAS

ROOT = Path(__file__).resolve().parents[2]
# What a browser would fetch: sources of elements, style sheets, imports and images of style sheets.
FETCHED = re.compile(
    r"""(?:<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc|<link\b(?![^>]*rel="?canonical)[^>]*\bhref)="""
    r"""["']?((?:https?:)?//[^"'\s>]+)|(?:url\(|@import\s+)["']?((?:https?:)?//[^"')\s]+)""",
    re.IGNORECASE,
)

# Runs the walk-through where neither its cells nor leafgraft find some libraries, which others may have for themselves.
AS_WITHOUT = """
import builtins, sys
whole = builtins.__import__
def found(name, given=None, *more, **named):
    of = str((given or {{}}).get("__name__"))
    if name.partition(".")[0] in {absent} and of.startswith(("leafgraft", "__main__")):
        raise ModuleNotFoundError(name=name)
    return whole(name, given, *more, **named)
builtins.__import__ = found
sys.path.insert(0, {folder!r})
import notebook
notebook.run_notebook(notebook.WALKTHROUGH)
"""


def remote(texts: dict[str, str]) -> list[str]:
    """Addresses elsewhere that pages and style sheets would fetch."""
    return [f"{name}: {found[1] or found[2]}" for name, text in texts.items() for found in FETCHED.finditer(text)]


def zensical(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(folder / "mkdocs.yml")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, by the command that `make docs` runs, the walk-through with it."""
    target = tmp_path_factory.mktemp("book")
    environment = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    command = [str(ROOT / "scripts/docs"), str(target)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return target / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = Path("/usr/bin/chromium")
    if not chromium.exists():
        pytest.skip("Chromium is not at hand: /usr/bin/chromium is absent")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield started
        started.close()


def nav_pages(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    return [page for one in (nav.values() if isinstance(nav, dict) else nav) for page in nav_pages(one)]


def test_every_page_has_a_place_in_the_navigation() -> None:
    nav = yaml.safe_load((ROOT / "docs/book/mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    listed = nav_pages(nav)
    assert len(listed) == len(set(listed))
    wanted = {place for place in assemble.list_pages().values() if not place.startswith("decisions/")}
    assert set(listed) == wanted | {"walkthrough.md"}, "add the page to nav in docs/book/mkdocs.yml"


def test_every_page_is_built(book: Path) -> None:
    for place in [*assemble.list_pages().values(), "walkthrough.md"]:
        assert (book / place).with_suffix(".html").stat().st_size > 1000, place


def test_nothing_is_fetched_from_elsewhere(book: Path) -> None:
    texts = {
        path.name: path.read_text(encoding="utf-8") for path in book.rglob("*") if path.suffix in {".html", ".css"}
    }
    assert remote(texts) == []


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://example.org/a.js"></script>',
        '<link rel="stylesheet" href="https://fonts.example.org/css">',
        '<img alt="x" src="//example.org/a.png">',
        "body { background: url(https://example.org/a.png) }",
        '@import "https://example.org/a.css";',
    ],
)
def test_planted_fetches_are_found(text: str) -> None:
    assert remote({"page": text})
    assert not remote({"page": '<a href="https://example.org">x</a> <svg xmlns="http://www.w3.org/2000/svg"></svg>'})


def test_no_insert_is_left_open(book: Path) -> None:
    assert [path.name for path in book.rglob("*.html") if "<!-- insert" in path.read_text(encoding="utf-8")] == []
    for name in ("ko.html", "reference/commands.html"):
        assert "\\|" not in (book / name).read_text(encoding="utf-8"), name
    commands = (book / "reference/commands.html").read_text(encoding="utf-8")
    assert "leafgraft compare" in commands
    assert "--html" in commands
    python = (book / "reference/python.html").read_text(encoding="utf-8")
    for name in ("run", "load_bundle", "Results", "Answer", "Audit", "LeafgraftError"):
        assert re.search(rf'id="leafgraft\.[a-z_.]*{name}"', python), name


def test_a_broken_link_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="leads to no file"):
        assemble.lead_links("[x](gone.md)", "docs/tutorial.md", assemble.list_pages())
    assert "](../words.md)" in assemble.lead_links("[x](docs/words.md)", "CONTRIBUTING.md", assemble.list_pages())
    kept = "```md\n[x](gone.md)\n```\n"
    assert assemble.lead_links(kept, "docs/tutorial.md", assemble.list_pages()) == kept
    with pytest.raises(SystemExit, match="no insert 'gone'"):
        assemble.put_in("<!-- insert: gone -->", "docs/tutorial.md")
    (tmp_path / "pages").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: x\ndocs_dir: pages\nsite_dir: site\n", encoding="utf-8")
    (tmp_path / "pages/index.md").write_text("# x\n\n[y](index.md#x)\n", encoding="utf-8")
    assert zensical(tmp_path).returncode == 0
    (tmp_path / "pages/index.md").write_text("# x\n\n[y](index.md#gone)\n", encoding="utf-8")
    assert zensical(tmp_path).returncode != 0


def test_the_walk_through_shows_what_its_cells_give(book: Path) -> None:
    cells = json.loads((book / "walkthrough.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells if cell["cell_type"] == "code" for output in cell["outputs"]]
    shown = "".join(line for output in outputs for line in output.get("data", {}).get("text/html", []))
    for title in ("Audit of", "LG005 warning", "Recommended:", "Comparison of 2 recipes", "of study small", "Healthy"):
        assert title in shown, title
    printed = "".join(line for output in outputs for line in output.get("text", []))
    assert "6 leaves were photographed more than once" in printed
    assert "points, p = " in printed
    assert '<div class="output">' in (book / "walkthrough.html").read_text(encoding="utf-8")


def test_the_notebook_for_colab_is_the_walk_through() -> None:
    written = notebook.WALKTHROUGH.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert written == notebook.to_notebook(notebook.WALKTHROUGH), "run python docs/book/notebook.py"
    cells = json.loads(written)["cells"]
    assert any("%pip install" in line for line in cells[2]["source"])
    assert not any(cell.get("outputs") for cell in cells)


@pytest.mark.slow
def test_every_extra_that_a_cell_needs_is_in_the_cell_that_installs() -> None:
    installed = re.findall(r"\[([a-z,]+)\]", notebook.INSTALL)[0].split(",")
    absent = [one for name, of in EXTRAS.items() for one in of if name not in {*installed, "field"}]
    code = AS_WITHOUT.format(absent=absent, folder=str(ROOT / "docs/book"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_cell_that_fails_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("# %%\n1 / 0\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        notebook.run_notebook(tmp_path / "bad.py")


def test_the_search_works_from_the_disk(book: Path, browser: Any) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((book / "index.html").as_uri())
    page.get_by_role("button", name="Search").first.click()
    box = page.get_by_role("combobox").first
    box.wait_for()
    box.press_sequentially("photos_needed", delay=20)
    page.get_by_text("says how many test photos would separate").first.wait_for(timeout=60_000)
    assert box.input_value() == "photos_needed"
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_its_screen(book: Path, browser: Any, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in sorted(book.rglob("*.html")):
        page.goto(path.as_uri())
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            faults.append(path.name)
    assert faults == []
    page.close()
