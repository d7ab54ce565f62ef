"""Assemble the pages of the book: docs/ and the pages of the root, with what the code knows put in.

    python docs/book/assemble.py TARGET

fills TARGET with mkdocs.yml and pages/. `scripts/docs` calls it, then builds the site from that.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import notebook
from inserts import INSERTS

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "docs/book"
WALKTHROUGH = ROOT / "docs/walkthrough.py"
# Pages that lie outside docs/, and where the book has them.
ELSEWHERE = {
    "CHANGELOG.md": "project/changes.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "README.ko.md": "ko.md",
    "SECURITY.md": "project/security.md",
    "benchmarks/README.md": "project/benchmarks.md",
}
# What a link may lead to that is no page, and the page that stands for it.
STANDS_FOR = {
    "LICENSE": "index.md",
    "README.md": "index.md",
    "docs": "index.md",
    "docs/decisions": "project/decisions.md",
    "docs/walkthrough.py": "walkthrough.md",
    "studies": "reference/studies.md",
}
LINK = re.compile(r"(\]\()(?![a-z]+:|#)([^)#\s]+)")
INSERT = re.compile(r"^<!-- insert: ([a-z-]+) -->$", re.MULTILINE)
ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
CODE = re.compile(r"`[^`]+`")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def list_pages(root: Path = ROOT) -> dict[str, str]:
    """Every page by its path in the repository, with its path in the book."""
    inside = [path.relative_to(root).as_posix() for path in sorted((root / "docs").rglob("*.md"))]
    outside = {name: place for name, place in ELSEWHERE.items() if (root / name).is_file()}
    return {name: name.removeprefix("docs/") for name in inside} | outside


def lead_links(text: str, source: str, pages: dict[str, str]) -> str:
    """Lead each link of a page to where the book has its target: a page, or a copy of the file below files/.

    Links in code are left as they are.
    """
    places = pages | STANDS_FOR
    here = Path(places[source]).parent

    def lead(found: re.Match[str]) -> str:
        target = os.path.normpath(Path(source).parent / found[2])
        if target not in places and not (ROOT / target).is_file():
            raise SystemExit(f"{source}: the link to {found[2]} leads to no file.")
        return found[1] + Path(os.path.relpath(places.get(target, f"files/{target}"), here)).as_posix()

    parts, end = [], 0
    for fence in FENCE.finditer(text):
        parts += [LINK.sub(lead, text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, LINK.sub(lead, text[end:])])


def put_in(text: str, source: str) -> str:
    """Put in what the code knows, at the marks of a page."""

    def insert(found: re.Match[str]) -> str:
        if found[1] not in INSERTS:
            raise SystemExit(f"{source}: there is no insert '{found[1]}'. Known: {', '.join(INSERTS)}.")
        return INSERTS[found[1]]()

    return INSERT.sub(insert, text)


def copy_files(text: str, pages: Path, folder: Path) -> None:
    """Copy each file that is linked to but is no page."""
    for _, link in LINK.findall(text):
        place = os.path.normpath(folder / link)
        if place.startswith("files/"):
            (pages / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / place.removeprefix("files/"), pages / place)


def free_pipes(text: str) -> str:
    """Take the backslash off bars in the code of tables: forges need it there, Python-Markdown shows it."""
    return ROW.sub(lambda row: CODE.sub(lambda code: code[0].replace("\\|", "|"), row[0]), text)


def assemble(target: Path) -> None:
    """Write mkdocs.yml and all pages into `target`."""
    shutil.rmtree(target, ignore_errors=True)
    pages = list_pages()
    for source, place in pages.items():
        path = target / "pages" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / source).read_text(encoding="utf-8")
        text = free_pipes(put_in(lead_links(text, source, pages), source))
        path.write_text(text, encoding="utf-8")
        copy_files(text, target / "pages", Path(place).parent)
    notebook.write(WALKTHROUGH, target / "pages")
    shutil.copytree(BOOK / "assets", target / "pages/assets")
    config = (BOOK / "mkdocs.yml").read_text(encoding="utf-8")
    (target / "mkdocs.yml").write_text(config.replace("SOURCE", str(ROOT / "src")), encoding="utf-8")


if __name__ == "__main__":
    assemble(Path(sys.argv[1]))
