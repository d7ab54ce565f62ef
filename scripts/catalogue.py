"""What leafgraft says, as entries of a catalogue: brings src/leafgraft/languages/LANGUAGE/*.po up to the source.

    python scripts/catalogue.py [LANGUAGE...]

New sentences are added without a translation, sentences that are no longer said are taken out, and what is left to
translate is counted. An entry whose comment begins with "not said" is for programs, and has no translation; one whose
comment begins with "word" is a single word that no rule finds, or a sentence of a library.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
from jinja2 import Environment

from leafgraft.languages.catalogue import TEMPLATE
from leafgraft.languages.speaking import ENGLISH, LANGUAGES

SOURCE = Path(__file__).resolve().parents[1] / "src" / "leafgraft"
CATALOGUES = SOURCE / "languages"
TEMPLATES = ("report/templates", "export/templates")
QUIET_CALLS = {"compile", "search", "fullmatch", "match", "sub", "findall", "getLogger", "import_module", "Literal"}
LEAST_WORDS = 2
WORD = re.compile(r"[A-Za-z]{2,}")
BULLET = re.compile(r"^\s*(?:[-•·]\s+)?|\s+$")


def sentences(source: str) -> Iterator[str]:
    """What a module says: texts of two words or more, a line each, ``{field}`` for what is known when it runs."""
    tree = ast.parse(source)
    silent = _silent(tree)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            yield from _lines(_pattern(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _lines(_formatted(node.value))
    for command in ast.walk(tree):
        if isinstance(command, ast.FunctionDef) and _is_command(command):
            for paragraph in (ast.get_docstring(command) or "").split("\n\n"):
                if paragraph:
                    yield " ".join(paragraph.split())


def _is_command(function: ast.FunctionDef) -> bool:
    """Whether its docstring is shown by ``--help``: an argument or an option of it is annotated so."""
    marks = (node.attr for node in ast.walk(function.args) if isinstance(node, ast.Attribute))
    return any(mark in {"Option", "Argument"} for mark in marks)


def _silent(tree: ast.Module) -> set[int]:
    """Nodes that nobody reads: docstrings, annotations, parts of another text, patterns."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
        if isinstance(node, ast.JoinedStr):
            found.update(id(one) for one in node.values if isinstance(one, ast.Constant))
            specs = (one.format_spec for one in node.values if isinstance(one, ast.FormattedValue) and one.format_spec)
            found.update(id(inner) for spec in specs for inner in ast.walk(spec))
        if isinstance(node, ast.Call) and _name(node.func) in QUIET_CALLS:
            found.update(id(inner) for one in node.args for inner in ast.walk(one))
        if isinstance(node, ast.Subscript) and _name(node.value) != "Annotated":
            found.update(id(inner) for inner in ast.walk(node.slice))
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _pattern(text: ast.JoinedStr) -> str:
    parts, taken = [], set()
    for one in text.values:
        if isinstance(one, ast.Constant):
            parts.append(str(one.value))
        elif isinstance(one, ast.FormattedValue):
            name = _field(one.value)
            while name in taken:
                digits = re.search(r"\d*$", name)
                number = int(digits[0]) + 1 if digits and digits[0] else 2
                name = f"{name[: digits.start()] if digits else name}{number}"
            taken.add(name)
            parts.append(f"{{{name}}}")
    return "".join(parts)


def _field(value: ast.expr) -> str:
    """A name for what stands in a field: the last word of its expression."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            found = name.strip("_")
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            found = re.sub(r"\W", "_", name)
        case ast.Call(args=[argument, *_]) if not isinstance(argument, ast.Constant):
            found = _field(argument)
        case ast.Call(func=function):
            found = _name(function).strip("_")
        case ast.BinOp(left=ast.Constant(), right=side) | ast.BinOp(left=side):
            found = _field(side)
        case ast.IfExp(body=ast.Constant()):
            found = "either"
        case ast.IfExp(body=body):
            found = _field(body)
        case _:
            found = "value"
    return found or "value"


def _formatted(text: str) -> str:
    """``{}`` and ``{:,}`` of a text that is filled by `str.format`, as fields with names."""
    numbers = iter(range(1, 100))
    return re.sub(r"\{(\w*)(?:[:!][^{}]*)?\}", lambda found: f"{{{found[1] or f'value{next(numbers)}'}}}", text)


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        bare = BULLET.sub("", line)
        words = WORD.findall(re.sub(r"\{\w+\}", "", bare))
        if len(words) >= LEAST_WORDS and " " in bare:
            yield bare


def said_by_room() -> dict[str, dict[str, set[str]]]:
    """Each sentence, with the modules that say it, by the room (a folder of the source) that says it first."""
    rooms: dict[str, dict[str, set[str]]] = {}
    taken: dict[str, str] = {}

    def note(room: str, sentence: str, module: str) -> None:
        home = taken.setdefault(sentence, room)
        rooms.setdefault(home, {}).setdefault(sentence, set()).add(module)

    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE)
        room = inside.parts[0] if len(inside.parts) > 1 else "records"
        for sentence in sentences(path.read_text(encoding="utf-8")):
            note(room, sentence, inside.as_posix())
    for path in templates():
        inside = path.relative_to(SOURCE)
        for sentence in sentences_of_template(path.read_text(encoding="utf-8")):
            note(inside.parts[0], sentence, inside.as_posix())
    return rooms


def templates() -> list[Path]:
    """Templates of pages and of what is written beside a bundle."""
    listed = (path for folder in TEMPLATES for path in (SOURCE / folder).iterdir())
    return sorted(path for path in listed if path.suffix in {".html", ".js", ".md"})


def sentences_of_template(text: str) -> Iterator[str]:
    """What stands in ``{% trans %}`` and in ``_()`` of a template."""
    environment = Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701 - nothing is rendered
    environment.policies["ext.i18n.trimmed"] = True
    for _line, _function, found in environment.extract_translations(text):
        for sentence in found if isinstance(found, tuple) else (found,):
            if sentence:
                yield re.sub(r"%\((\w+)\)s", r"{\1}", sentence).replace("%%", "%")


def is_kept(entry: polib.POEntry) -> bool:
    """Whether an entry stands although no rule finds it."""
    return str(entry.comment).startswith("word")


def is_for_programs(entry: polib.POEntry) -> bool:
    """Whether an entry is never shown to a person."""
    return str(entry.comment).startswith("not said")


def context_of(modules: set[str]) -> str | None:
    """What templates alone say is looked up by templates alone."""
    return None if any(module.endswith(".py") for module in modules) else TEMPLATE


def update(language: str) -> None:
    """Bring the catalogues of a language up to the source, and print what is left to translate."""
    rooms, folder = said_by_room(), CATALOGUES / language
    placed = {(context_of(modules), sentence) for room in rooms.values() for sentence, modules in room.items()}
    known = {(entry.msgctxt, entry.msgid): entry for path in folder.glob("*.po") for entry in polib.pofile(str(path))}
    for room in sorted({*rooms, *(path.stem for path in folder.glob("*.po"))}):
        path = folder / f"{room}.po"
        before = polib.pofile(str(path)) if path.exists() else polib.POFile()
        after = polib.POFile(wrapwidth=10_000)
        after.metadata = {
            "Language": language,
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Transfer-Encoding": "8bit",
        }
        for sentence, modules in sorted(rooms.get(room, {}).items(), key=lambda one: (min(one[1]), one[0])):
            context = context_of(modules)
            entry = known.get((context, sentence)) or polib.POEntry(msgid=sentence, msgctxt=context)
            entry.occurrences = [(module, "") for module in sorted(modules)]
            after.append(entry)
        after.extend(entry for entry in before if is_kept(entry) and (entry.msgctxt, entry.msgid) not in placed)
        placed.update((entry.msgctxt, entry.msgid) for entry in after)
        after.save(str(path))
        left = sum(not entry.msgstr and not is_for_programs(entry) for entry in after)
        print(f"{language}/{path.name}: {len(after)} entries, {left} to translate")


if __name__ == "__main__":
    for code in sys.argv[1:] or [one for one in LANGUAGES if one != ENGLISH]:
        update(code)
