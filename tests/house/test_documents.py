"""Documents keep what they promise: links, dependencies, versions and commands, each proven by a planted fault."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
COMMAND = re.compile(r"^(?:\| `)?leafgraft ([a-z]+)", re.MULTILINE)
BARE = re.compile(r"[A-Za-z0-9_.-]+")


def documents() -> dict[Path, str]:
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    return {path: path.read_text(encoding="utf-8") for path in found}


def broken_links(texts: dict[Path, str]) -> list[str]:
    return [
        f"{path.name}: {target}"
        for path, text in texts.items()
        for target in LINK.findall(text)
        if not (path.parent / target).exists()
    ]


def wanted_packages(*, extras: bool) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    names = (
        ("train", "field", "web", "dev", "docs", "loggers", "paper", "tune") if extras else ("train", "field", "web")
    )
    listed = [*project["dependencies"], *(one for name in names for one in optional[name])]
    return {match.group().lower() for one in listed if (match := BARE.match(one))} - {project["name"]}


def unexplained(packages: set[str], text: str) -> list[str]:
    return sorted(name for name in packages if not re.search(rf"\b{re.escape(name)}\b", text.lower()))


def wrong_constraints(packages: set[str], text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    odd = [line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==[0-9][0-9a-z.]*", line)]
    return odd + sorted(packages - {line.split("==")[0] for line in lines})


def unknown_commands(text: str) -> list[str]:
    from typer.main import get_command

    from leafgraft.cli.main import app

    known = set(getattr(get_command(app), "commands", {}))
    assert "run" in known
    return sorted(set(COMMAND.findall(text)) - known)


def test_links_lead_somewhere() -> None:
    assert broken_links(documents()) == []


def test_planted_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("")
    text = "[a](there.md) [b](gone.md) [c](https://example.org/x) [d](#part) [e](there.md#part)"
    assert broken_links({tmp_path / "README.md": text}) == ["README.md: gone.md"]


def test_every_dependency_is_explained() -> None:
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    assert unexplained(wanted_packages(extras=False), text) == []


def test_planted_dependency_is_found() -> None:
    assert unexplained({"numpy", "leftpad"}, "| numpy | arrays |") == ["leftpad"]


def test_constraints_are_versions_of_all_that_is_installed() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert wrong_constraints(wanted_packages(extras=True), text) == []


@pytest.mark.parametrize("line", ["numpy>=2", "numpy==2.0+cu12", "numpy @ file:numpy.whl", "--pre", "torch==2.0"])
def test_planted_constraints_are_found(line: str) -> None:
    assert wrong_constraints({"numpy"}, f"# versions\n{line}\n")
    assert wrong_constraints({"numpy"}, "# versions\nnumpy==2.4.6\n") == []


def test_commands_in_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(COMMAND.findall(text)) > 5
    assert unknown_commands(text) == []


def test_planted_command_is_found() -> None:
    assert unknown_commands("```\nleafgraft run PHOTOS\nleafgraft fly PHOTOS\n```\n") == ["fly"]


def test_the_citation_is_of_this_version() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["version"] == project["version"]
    assert cited["license"] == project["license"]
    assert cited["keywords"] == project["keywords"]
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
