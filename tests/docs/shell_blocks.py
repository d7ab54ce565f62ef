"""Commands as they stand in pages: found, and read as the real command line reads them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

from typer.exceptions import TyperException
from typer.main import get_command

from leafgraft.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(leafgraft [a-z][^`\n]*)`")
SHELLS = {"", "sh", "bash", "shell", "console"}
END = re.compile(r" (?:\||>|&&|#|;) .*")
COMMANDS: dict[str, Any] = dict(get_command(app).commands)  # type: ignore[attr-defined]


def pages() -> list[Path]:
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    return sorted(path for path in found if path.name != "CHANGELOG.md")


def lines_of(text: str) -> list[str]:
    """Lines of all shell blocks, those that go on with a backslash joined, without settings of the environment."""
    blocks = [body for language, _, body in FENCE.findall(text) if language in SHELLS]
    lines = [line.strip() for body in blocks for line in body.replace("\\\n", " ").splitlines()]
    return [re.sub(r"^(?:\$ )?(?:[A-Z_]+=\S* )*", "", line) for line in lines]


def mentions(text: str) -> list[str]:
    """Commands that are named in the text itself."""
    return [found.replace("\\|", "|") for found in INLINE.findall(FENCE.sub("", text))]


def arguments(line: str) -> list[str]:
    """What the command would be given: options in brackets too, of alternatives the first, each FILE... once."""
    plain = END.sub("", line.replace("[", " ").replace("]", " "))
    return [word.split("|")[0].removesuffix("...").removesuffix("…") or "x" for word in shlex.split(plain)[1:]]


def fault(line: str, *, whole: bool) -> str:
    """What the real command line says against `line`; nothing if it takes it. A part may lack its arguments."""
    name, *given = arguments(line)
    if name not in COMMANDS:
        return f"{line}: there is no command '{name}'"
    if "--help" in given:
        return ""
    try:
        COMMANDS[name].make_context(name, given)
    except TyperException as error:
        if not whole and type(error).__name__ == "MissingParameter":
            return ""
        return f"{line}: {error}"
    return ""


def faults(text: str) -> list[str]:
    """All commands of a page that the real command line would refuse."""
    lines = [line for line in lines_of(text) if line.startswith("leafgraft ")]
    found = [fault(line, whole=True) for line in lines] + [fault(line, whole=False) for line in mentions(text)]
    return [one for one in found if one]
