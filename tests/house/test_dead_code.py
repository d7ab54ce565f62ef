"""What nothing in the package uses is not in the package: a test alone keeps nothing alive."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "leafgraft"
# Read by name: entries of menus and findings of the audit, each from the module that the list names.
BY_NAME = {"choices/": {"ENTRY", "NETWORK"}, "data/checks/": {"CODE", "check"}}
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def modules(root: Path) -> dict[str, ast.Module]:
    return {
        path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(root.rglob("*.py"))
    }


def dotted(name: str) -> str:
    """``leafgraft.data.split`` of ``data/split.py``."""
    return f"leafgraft.{name.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}"


def imported(trees: dict[str, ast.Module]) -> set[tuple[str, str]]:
    """Module and name of all that a module takes from another, also as an attribute of it."""
    known, found = {dotted(name) for name in trees}, set()
    for tree in trees.values():
        nodes = list(ast.walk(tree))
        taken = [(one.module, a) for one in nodes if isinstance(one, ast.ImportFrom) and one.module for a in one.names]
        found |= {(module, name.name) for module, name in taken}
        as_module = {name.asname or name.name: f"{module}.{name.name}" for module, name in taken}
        found |= {
            (as_module[one.value.id], one.attr)
            for one in nodes
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
            if as_module.get(one.value.id) in known
        }
    return found


def defined(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Functions, classes and constants of a module; what is decorated is registered somewhere."""
    for node in tree.body:
        if isinstance(node, Definition):
            if isinstance(node, ast.ClassDef) or not node.decorator_list:
                yield node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [one for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
            yield from ((one.id, node) for one in names if isinstance(one.ctx, ast.Store))


def is_read(tree: ast.Module, name: str, definition: ast.stmt) -> bool:
    """Whether a module reads a name of its own outside of its definition."""
    own = {id(one) for one in ast.walk(definition)}
    reads = (one for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))
    return any(one.id == name and id(one) not in own for one in reads)


def methods(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Class and name of methods that no library calls: those of classes without a base, and without a decorator."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.bases:
            for one in node.body:
                decorators = [ast.unparse(of) for of in getattr(one, "decorator_list", [])]
                is_ours = not decorators or decorators[0] in {"property", "classmethod", "staticmethod"}
                if isinstance(one, ast.FunctionDef) and is_ours and not one.name.startswith(("__", "_repr_")):
                    yield node.name, one.name


def unused(root: Path, documented: str) -> list[str]:
    """Functions, classes, constants and methods that only tests use; what a page of the docs names is for users."""
    trees = modules(root)
    code = re.findall(r"```.*?```|`[^`\n]+`", documented, re.DOTALL)
    taken, told = imported(trees), {word for one in code for word in re.findall(r"\w+", one)}
    attributes = {one.attr for tree in trees.values() for one in ast.walk(tree) if isinstance(one, ast.Attribute)}
    texts = (path.read_text(encoding="utf-8") for path in root.rglob("*.html"))
    attributes |= {word for text in texts for word in re.findall(r"\w+", text)}
    found = []
    for name, tree in trees.items():
        by_name = {one for folder, names in BY_NAME.items() if name.startswith(folder) for one in names}
        for word, node in defined(tree):
            alive = word in by_name or word.startswith("__") or word in told or (dotted(name), word) in taken
            if not alive and not is_read(tree, word, node):
                found.append(f"{name}: {word}")
        found += [f"{name}: {of}.{one}" for of, one in methods(tree) if one not in attributes and one not in told]
    return found


def pages() -> str:
    paths = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.parent.name != "decisions")


def test_everything_is_used() -> None:
    assert unused(SOURCE, pages()) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("def lonely(n: int) -> int:\n    return lonely(n - 1)\n", ["data/one.py: lonely"]),
        ("MOST = 3\n", ["data/one.py: MOST"]),
        ("MOST: int = 3\nLESS = MOST - 1\n", ["data/one.py: LESS"]),
        ("class Lonely:\n    size = 3\n", ["data/one.py: Lonely"]),
        ("class Used:\n    def lonely(self) -> int: ...\n", ["data/one.py: Used.lonely"]),
        ("def used() -> int: ...\ndef _inner() -> int: ...\n", ["data/one.py: _inner"]),
        ("def told() -> int: ...\n", []),
    ],
)
def test_planted_dead_code_is_found(tmp_path: Path, text: str, wanted: list[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/one.py").write_text(text, encoding="utf-8")
    (tmp_path / "data/other.py").write_text("from leafgraft.data.one import Used, used\nprint(Used, used)\n", "utf-8")
    assert unused(tmp_path, "Users may call `told()`.") == wanted
