"""Docstrings say what every argument is, and the examples in them hold."""

from __future__ import annotations

import ast
import doctest
import importlib.util
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "leafgraft"
ROOMS = ("choices", "evaluation", "training/fit", "study/commands")
FRAGMENT = re.compile(r"^ {4}\*{0,2}\w+: (?:Of|As)\b", re.MULTILINE)  # no phrase of its own


def public_files() -> set[str]:
    """Files of what the Python reference shows."""
    shown = re.findall(
        r"^::: leafgraft\.([\w.]+)", (ROOT / "docs/reference/python.md").read_text("utf-8"), re.MULTILINE
    )
    found = set()
    for name in shown:
        parts = name.split(".")
        while parts and not SOURCE.joinpath(*parts).with_suffix(".py").is_file():
            parts.pop()
        assert parts, f"{name} is gone"
        found.add("/".join(parts) + ".py")
    return found


def documented(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    """Public functions and classes of a module, and the public methods of these, by name."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield node.name, node
        methods = (
            [one for one in node.body if isinstance(one, ast.FunctionDef)] if isinstance(node, ast.ClassDef) else []
        )
        yield from ((f"{node.name}.{one.name}", one) for one in methods if not one.name.startswith("_"))


def arguments_of(node: ast.FunctionDef) -> list[str]:
    given = node.args
    optional = [one for one in (given.vararg, given.kwarg) if one]
    named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *optional)]
    return [name for name in named if name not in {"self", "cls"}]


def undescribed(root: Path, files: set[str]) -> list[str]:
    """Arguments that nothing is said of, where there are two or more; arguments and attributes without a phrase."""
    found = []
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(tuple(f"{room}/" for room in ROOMS)) and name not in files:
            continue
        for called, node in documented(ast.parse(path.read_text(encoding="utf-8"))):
            text = ast.get_docstring(node) or ""
            section = text.partition("\nArgs:\n")[2].partition("\n\n")[0]
            arguments = arguments_of(node) if isinstance(node, ast.FunctionDef) else []
            lacking = [one for one in arguments if not re.search(rf"^ {{4}}\*{{0,2}}{one}: ", section, re.MULTILINE)]
            found += [f"{name}: {called} does not say what {one} is" for one in lacking if len(arguments) > 1]
            found += [f"{name}: {called} has '{one.strip()}'" for one in FRAGMENT.findall(text)]
    return found


def examples() -> list[str]:
    """Modules with examples in their docstrings."""
    paths = (path for path in sorted(SOURCE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8"))
    return [".".join(("leafgraft", *path.relative_to(SOURCE).with_suffix("").parts)) for path in paths]


def plant(root: Path, text: str) -> Path:
    path = root / "evaluation" / "planted.py"
    path.parent.mkdir(parents=True)
    path.write_text(f"{text}\n", encoding="utf-8")
    return root


def test_every_argument_is_described() -> None:
    assert undescribed(SOURCE, public_files()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('def f(a, b):\n    """Add."""', ["does not say what a is", "does not say what b is"]),
        ('def f(a, *, b):\n    """Add.\n\n    Args:\n        a: First term.\n    """', ["does not say what b is"]),
        ('class A:\n    def f(self, a, **b):\n        """Add."""', ["what a is", "what b is"]),
        (
            'def f(a, b):\n    """Add.\n\n    Args:\n        a: Of the sum.\n        b: Last term.\n    """',
            ["has 'a: Of'"],
        ),
        ('def f(a, b):\n    """Add.\n\n    Args:\n        a: First term.\n        b: Last term.\n    """', []),
        ('class A:\n    """Sum.\n\n    Attributes:\n        a: As in `B`.\n    """', ["has 'a: As'"]),
        ('def f(a):\n    """Add one."""', []),
        ('def _f(a, b):\n    """Add."""', []),
    ],
)
def test_planted_arguments_are_found(tmp_path: Path, text: str, found: list[str]) -> None:
    said = undescribed(plant(tmp_path, text), set())
    assert len(said) == len(found)
    assert all(one.endswith(words) for one, words in zip(said, found, strict=True))


@pytest.mark.parametrize("name", examples())
def test_examples_hold(name: str) -> None:
    done = doctest.testmod(import_module(name))
    assert done.attempted
    assert not done.failed


def test_a_planted_example_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = plant(tmp_path, '"""Sums.\n\n>>> 1 + 1\n3\n"""')
    spec = importlib.util.spec_from_file_location("planted", root / "evaluation/planted.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert doctest.testmod(module).failed == 1
    assert "Expected:\n    3" in capsys.readouterr().out
