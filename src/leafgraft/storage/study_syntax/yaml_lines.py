"""YAML with line numbers, safely: plain values only, bounded in size and depth, no key twice."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from leafgraft.errors import StudyFileError

LARGEST_BYTES = 1_000_000
DEEPEST = 12
MOST_VALUES = 20_000
PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null"))
# YAML 1.1 reads 1e-4 as text; everyone who writes it means the number.
SCIENTIFIC = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A YAML file's values, and the line of each.

    Attributes:
        path: The file.
        values: Plain values.
        lines: Line of each value, counted from 1, by its place: keys and indices from the root.
    """

    path: Path
    values: dict[str, Any]
    lines: Mapping[Place, int] = field(default_factory=dict)

    def where(self, place: Place) -> str:
        """``studies/potato.yaml, line 12``: of the place, or of the nearest around it."""
        while place and place not in self.lines:
            place = place[:-1]
        line = self.lines.get(place, 1)
        return f"{self.path}, line {line}"


def absolute(folder: Path, path: str, asked: str) -> Path:
    """A path relative to `folder`, written out; a link to a table stays one, as what it lists may lie beside it.

    Raises:
        StudyFileError: It is none; `asked` says what it should have been.
    """
    try:
        whole = folder / Path(path).expanduser()
        # Path.is_symlink fails in a closed folder
        is_link = whole.suffix.lower() == ".csv" and os.path.islink(whole)  # noqa: PTH114
        return whole.parent.resolve() / whole.name if is_link else whole.resolve()
    except (ValueError, RuntimeError, OSError) as error:
        raise StudyFileError(
            asked, f"{path!r} is none: {str(error).rstrip('.')}.", "Write it out, without ~ and odd characters."
        ) from error


def read_yaml(path: Path) -> YamlFile:
    """Read a YAML file whose root is a mapping.

    Raises:
        StudyFileError: There is no such file; it is too large or deep, malformed, has a key twice, or holds tags.
    """
    text = _read(path)
    lines: dict[Place, int] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = _build(node, (), lines, path) if node is not None else None
    except RecursionError:
        raise _too_deep(path, "It is nested deeper than can be read.") from None
    except yaml.MarkedYAMLError as error:
        raise _malformed(path, error) from error
    except yaml.YAMLError as error:
        raise StudyFileError(f"'{path}' must be YAML.", f"It is not: {error}.", "Save it as UTF-8 text.") from error
    if not isinstance(values, dict):
        found = (
            "It is empty." if values is None else f"It holds {'a list' if isinstance(values, list) else 'one value'}."
        )
        raise StudyFileError(f"'{path}' must hold keys such as photos and recipes.", found, "See studies/minutes.yaml.")
    return YamlFile(path, values, lines)


def _malformed(path: Path, error: yaml.MarkedYAMLError) -> StudyFileError:
    mark = error.problem_mark or error.context_mark
    at = f"Line {mark.line + 1}, column {mark.column + 1}" if mark else "The whole file"
    mend = "Indent with spaces, close brackets and quotes, and quote odd text."
    if "escape character" in str(error.problem):
        mend = "Put text with a backslash in single quotes."
    found = f"{at} cannot be read; the YAML reader says: {error.problem}."
    return StudyFileError(f"'{path}' must be YAML.", found, mend)


def _read(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise StudyFileError(
                f"'{path}' must be a study file of at most {LARGEST_BYTES:,} bytes.", f"It has {size:,}.", "Shorten it."
            )
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyFileError(f"'{path}' must be a study file.", "It does not exist.", "Check the path.") from None
    except UnicodeDecodeError as error:
        raise StudyFileError(f"'{path}' must be UTF-8 text.", f"It is not: {error}.", "Save it as UTF-8.") from error
    except IsADirectoryError:
        raise StudyFileError(f"'{path}' must be a study file.", "It is a folder.", "Name a file in it.") from None
    except OSError as error:
        raise StudyFileError(
            f"'{path}' must be readable.", f"The system said: {error.strerror}.", "Mend its permissions."
        ) from error


def _build(node: yaml.Node, place: Place, lines: dict[Place, int], path: Path) -> Any:
    line = node.start_mark.line + 1
    if len(place) > DEEPEST:
        raise _too_deep(path, f"Line {line} is.")
    if len(lines) >= MOST_VALUES:
        raise StudyFileError(
            f"'{path}' must hold at most {MOST_VALUES:,} values, counting what its aliases repeat.",
            f"Line {line} goes beyond.",
            "Shorten it.",
        )
    lines[place] = line
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, lines, path)
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*place, index), lines, path) for index, child in enumerate(node.value)]
    return _scalar(node, path)


def _mapping(node: yaml.MappingNode, place: Place, lines: dict[Place, int], path: Path) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag not in PLAIN_TAGS:
            raise StudyFileError(f"Keys of '{path}' must be text.", f"Line {line} has another.", "Quote it.")
        key = str(key_node.value)  # as written: the key `on` is no truth value, the class folder `0` no number
        if key in values:
            raise StudyFileError(f"'{path}' must give '{key}' once.", f"Line {line} gives it again.", "Keep one.")
        values[key] = _build(value_node, (*place, key), lines, path)
        lines[(*place, key)] = line
    return values


def _scalar(node: yaml.Node, path: Path) -> Any:
    line = node.start_mark.line + 1
    if node.tag not in PLAIN_TAGS:
        raise StudyFileError(
            f"'{path}' must hold text, numbers, true, false and null only.",
            f"Line {line} holds {node.tag.removeprefix('tag:yaml.org,2002:')}.",
            "Quote it if it is text.",
        )
    loader = yaml.SafeLoader("")
    try:
        value = loader.construct_object(node)
    except (ValueError, KeyError, yaml.YAMLError):
        raise StudyFileError(
            f"'{path}' must hold values that can be read.", f"Line {line} does not.", "Quote it if it is text."
        ) from None
    finally:
        loader.dispose()
    return float(value) if isinstance(value, str) and is_scientific(node) else value


def is_scientific(node: yaml.Node) -> bool:
    """Whether unquoted text is a number such as 1e-4."""
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return plain and SCIENTIFIC.fullmatch(node.value) is not None


def _too_deep(path: Path, found: str) -> StudyFileError:
    return StudyFileError(
        f"'{path}' must not be nested deeper than {DEEPEST} levels.",
        found,
        "Flatten it; anchors that hold themselves are not allowed.",
    )
