"""What Windows lacks, or does otherwise, stands in one place each: every rule proven by a planted violation."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/leafgraft"
# Modules, and functions of os and signal, that not every system has; where each may stand, for it is looked for first.
MODULES = {"fcntl", "msvcrt", "pwd", "grp", "resource", "termios", "posix", "winreg"}
FUNCTIONS = {"fork", "getuid", "geteuid", "mkfifo", "killpg", "setsid", "posix_fallocate", "sched_getaffinity", "chown"}
FUNCTIONS |= {"pthread_sigmask", "SIGKILL", "SIGHUP", "SIGUSR1", "SIGBREAK", "setitimer", "alarm", "uname", "statvfs"}
LOOKED_FOR = {
    "storage/cache/kept_rows.py": {"posix_fallocate"},
    "training/processor.py": {"sched_getaffinity"},
    "training/workers/process_pool.py": {"pthread_sigmask"},
    "training/doctor.py": {"winreg"},
}
NO_PATHS = {"os", "Image", "archive", "opened", "bar"}  # what else can be opened
TEXT_MODES = {"r", "w", "a", "x", "r+", "w+", "a+", "rt", "wt"}


def of_one_system(root: Path) -> list[str]:
    """Names that only one kind of system has, where nothing looks for them first."""
    found = []
    for path in sorted(root.rglob("*.py")):
        name, tree = path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in {"os", "signal"}
            ):
                names = [node.attr] if node.attr in FUNCTIONS else []
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            unguarded = (set(names) & (MODULES | FUNCTIONS)) - LOOKED_FOR.get(name, set())
            found += [f"{name}:{node.lineno} {one}" for one in sorted(unguarded)]
    return found


def in_letters_of_the_machine(root: Path) -> list[str]:
    """Text files opened without an encoding: on Korean Windows that is cp949."""
    found = []
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            method = node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
            if isinstance(node, ast.Call) and method and _is_text(node, method):
                found += [f"{path.relative_to(root).as_posix()}:{node.lineno} {method.attr}"]
    return found


def _is_text(call: ast.Call, function: ast.Attribute) -> bool:
    """Whether a method of a path reads or writes text, without saying in which encoding."""
    if any(word.arg == "encoding" for word in call.keywords) or _owner(function) in NO_PATHS:
        return False
    if function.attr == "open":
        return (call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else "r") in TEXT_MODES
    return function.attr == "read_text" or (function.attr == "write_text" and len(call.args) == 1)


def _owner(node: ast.Attribute) -> str:
    """Name of what an attribute is of, without its first underline."""
    return str(getattr(node.value, "id", getattr(node.value, "attr", ""))).lstrip("_")


def test_nothing_is_of_one_system_alone() -> None:
    assert of_one_system(SOURCE) == []


@pytest.mark.parametrize(
    "text",
    ["import fcntl\n", "import os\nos.fork()\n", "import signal\nsignal.SIGKILL\n", "from resource import getrusage\n"],
)
def test_planted_names_of_one_system_are_found(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.py").write_text(text, encoding="utf-8")
    assert len(of_one_system(tmp_path)) == 1


def test_no_text_is_read_or_written_in_the_letters_of_the_machine() -> None:
    assert in_letters_of_the_machine(SOURCE) == []


@pytest.mark.parametrize(
    "text", ["path.read_text()\n", "path.write_text(content)\n", "path.open()\n", "path.open('w')\n"]
)
def test_planted_texts_in_the_letters_of_the_machine_are_found(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.py").write_text(text, encoding="utf-8")
    assert len(in_letters_of_the_machine(tmp_path)) == 1


@pytest.mark.parametrize("text", ["path.read_text(encoding='utf-8')\n", "path.open('rb')\n", "os.open(path, 0)\n"])
def test_what_names_its_letters_or_reads_bytes_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.py").write_text(text, encoding="utf-8")
    assert in_letters_of_the_machine(tmp_path) == []


SINGLY_QUOTED = re.compile(r"pip install '")
POWERSHELL = re.compile(r"```powershell\n(.*?)```", re.DOTALL)


def of_another_shell(root: Path) -> list[str]:
    """Lines for a shell that it does not take: cmd knows no single quotes, PowerShell refuses to activate at first."""
    found = []
    for path in sorted(one for one in root.rglob("*") if one.suffix in {".py", ".po", ".md"}):
        text = path.read_text(encoding="utf-8")
        blocks = [block for block in POWERSHELL.findall(text) if "py -m pip" in block or "Activate" in block]
        found += [f"{path.name}: {one}" for one in (*SINGLY_QUOTED.findall(text), *blocks)]
    return found


def test_commands_to_install_work_in_every_shell() -> None:
    assert [one for folder in (SOURCE, ROOT / "docs") for one in of_another_shell(folder)] == []


@pytest.mark.parametrize(
    "text",
    [
        "`pip install 'leafgraft[web]'`\n",
        "```powershell\npy -m venv e\npy -m pip install x\n```\n",
        "```powershell\ne\\Scripts\\Activate.ps1\n```\n",
    ],
)
def test_planted_commands_of_another_shell_are_found(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.md").write_text(text, encoding="utf-8")
    assert len(of_another_shell(tmp_path)) == 1


def changed_by_a_checkout(root: Path, attributes: str) -> list[str]:
    """Files of bytes that an attribute must name; and the rule that keeps ends of lines, if it is lacking."""
    rules = [line.split() for line in attributes.splitlines()]
    found = [] if ["*", "text=auto", "eol=lf"] in rules else ["* text=auto eol=lf"]
    for path in sorted(root.rglob("*")):
        made = {"vendor", "__pycache__"} & {*path.parts}
        if path.is_file() and not made and b"\0" in path.read_bytes() and [f"*{path.suffix}", "binary"] not in rules:
            found.append(path.name)
    return found


def test_a_checkout_has_the_same_bytes_everywhere() -> None:
    attributes = (ROOT / ".gitattributes").read_text(encoding="utf-8")
    assert [one for part in (SOURCE, ROOT / "studies") for one in changed_by_a_checkout(part, attributes)] == []


def test_planted_bytes_and_a_lacking_rule_are_found(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"\0")
    assert changed_by_a_checkout(tmp_path, "*.jpg binary\n") == ["* text=auto eol=lf", "x.png"]
    assert changed_by_a_checkout(tmp_path, "* text=auto eol=lf\n*.png binary\n") == []
