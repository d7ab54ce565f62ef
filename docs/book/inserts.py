"""Parts of pages that are read from the code, so that they are never out of date."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from typer.main import get_command

from leafgraft.choices.menu import MENUS
from leafgraft.cli.main import app
from leafgraft.data.audit.check_list import CHECKS

ROOT = Path(__file__).resolve().parents[2]


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def commands() -> str:
    """Every command with its own help: usage, arguments and options."""
    parts = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        context = command.context_class(command, info_name=f"leafgraft {name}")
        usage = " ".join(["leafgraft", name, *command.collect_usage_pieces(context)])
        records = [record for one in command.params if (record := one.get_help_record(context))]
        parts += [f"## leafgraft {name}", str(command.help), f"```text\n{usage}\n```"]
        parts.append(table(("argument or option", "what it is"), [(f"`{word}`", text) for word, text in records]))
    return "\n\n".join(parts)


def menus() -> str:
    """Every menu with its entries."""
    parts = []
    for kind, menu in MENUS.items():
        parts.append(f"## {kind.capitalize()}")
        for entry in menu.values():
            parts += [f"### `{entry.name}`", f"{entry.summary[0].upper()}{entry.summary[1:]}.", f"*{entry.source}*"]
            rows = [(f"`{name}`", f"`{_yaml(one.default)}`", one.allowed) for name, one in entry.settings.items()]
            if rows:
                parts.append(table(("setting", "default", "allowed"), rows))
    return "\n\n".join(parts)


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True).removesuffix("\n...\n").strip()


def findings() -> str:
    """Every finding: what, why, what to do, as the code of each check says it."""
    parts = []
    for module in CHECKS:
        name = module.__name__.split("_", 1)[1].replace("_", " ")
        said = read_finding(module)
        severity, *others = said.items()
        parts += [f"## {module.CODE}: {name}", str(inspect.getdoc(module)), table(severity, others)]
    return "\n\n".join(parts)


def read_finding(module: ModuleType) -> dict[str, str]:
    """The texts of the finding that a check makes; what differs from folder to folder is left open."""
    (call,) = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
    ]
    _code, severity, title, _photos, _measured, why, mend = call.args
    named = {"severity": severity, "what": title, "why": why, "to do": mend}
    return {name: _said(argument, vars(module)) for name, argument in named.items()}


def _said(node: ast.expr, known: Mapping[str, Any]) -> str:
    if isinstance(node, ast.IfExp):
        return f"{_said(node.body, known)} (or, in some cases: {_said(node.orelse, known)})"
    if isinstance(node, ast.JoinedStr):
        return re.sub("…+", "…", "".join(_said(one, known) for one in node.values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):  # a sentence that others say, too
        source = ast.parse(inspect.getsource(known[node.func.id]))
        (sentence,) = [one.value for one in ast.walk(source) if isinstance(one, ast.Return) and one.value]
        return _said(sentence, vars(sys.modules[known[node.func.id].__module__]))
    if isinstance(node, ast.FormattedValue):
        return _value(node, known)
    return str(ast.literal_eval(node))


def _value(node: ast.FormattedValue, known: Mapping[str, Any]) -> str:
    if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "counted":
        one, *several = (ast.literal_eval(word) for word in node.value.args[1:])
        return f"… {several[0] if several else f'{one}s'}"
    names = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
    if not names or not all(name.isupper() for name in names):
        return "…"
    value = eval(compile(ast.Expression(node.value), "<finding>", "eval"), dict(known))  # noqa: S307 - our own
    return format(value, _said(node.format_spec, known) if node.format_spec else "")


def studies() -> str:
    """The study files that come with leafgraft, whole."""
    parts = []
    for path in sorted((ROOT / "studies").glob("*.yaml")):
        parts += [f"## {path.name}", f"```yaml\n{path.read_text(encoding='utf-8').rstrip()}\n```"]
    return "\n\n".join(parts)


def decisions() -> str:
    """Every decision by its title."""
    rows = []
    for path in sorted((ROOT / "docs/decisions").glob("*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").split(". ", 1)[-1]
        rows.append(f"- {path.name[:4]} [{title}](../decisions/{path.name})")
    return "\n".join(rows)


INSERTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "decisions": decisions,
    "findings": findings,
    "menus": menus,
    "studies": studies,
}
