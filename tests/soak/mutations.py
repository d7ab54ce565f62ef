"""Spoils bytes, text and JSON in the ways that disks, editors and enemies do, drawn from a generator."""

from __future__ import annotations

import random
from typing import Any

WORDS = (
    *("nan", "inf", "-inf", "1e999", "-1", "0", "1.5", "99999999999999999999", "null", "true", "~", "", "[]", "{}"),
    *("!!python/object:os.system", "&a *a", "../../etc/passwd", "/dev/zero", "C:\\nul", "\0", "\x1b[31m", "=1+1"),
    *("잎", "🌿", "a" * 300, "<script>alert(1)</script>", "{{7*7}}", "%s%n", "'", '"', "\\", "\r", "\ufeff", "\u202e"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**70, 1.5, float("1e308"), "", "잎", "<b>", [], [[]], {}, {"a": 1}, [None], "../x", "0"),
)
NUMBERS = (b"\x00\x00", b"\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\xff\xff\xff\xff", b"\x7f\xff")


def spoil_bytes(content: bytes, chance: random.Random) -> bytes:
    """One to four faults: flipped bits, cut, blanked, doubled, exchanged and inserted pieces."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        place = chance.randrange(len(content) + 1)
        end = min(len(content), place + chance.choice((1, 2, 4, 16, 256)))
        piece = content[place:end]
        match chance.randrange(8):
            case 0 | 1:
                piece = bytes(byte ^ (1 << chance.randrange(8)) for byte in piece[:1]) + piece[1:]
            case 2:
                return content[:place]
            case 3:
                piece = bytes(len(piece))
            case 4:
                piece = piece * chance.choice((2, 3, 50))
            case 5:
                piece = chance.choice(NUMBERS) + piece[2:]
            case 6:
                piece = bytes(chance.randrange(256) for _ in range(len(piece) or 3))
            case _:
                piece = b""
        content = content[:place] + piece + content[end:]
    return content


def spoil_text(text: str, chance: random.Random) -> str:
    """One to four faults: words and lines exchanged, doubled, deleted, indented otherwise."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        lines = text.split("\n")
        row = chance.randrange(len(lines))
        words = lines[row].split(" ")
        match chance.randrange(7):
            case 0 | 1:
                words[chance.randrange(len(words))] = chance.choice(WORDS)
                lines[row] = " ".join(words)
            case 2:
                lines[row] = chance.choice(lines)
            case 3:
                lines.insert(row, lines[row])
            case 4:
                del lines[row]
            case 5:
                lines[row] = " " * chance.randrange(1, 5) + lines[row]
            case _:
                place = chance.randrange(len(lines[row]) + 1)
                lines[row] = lines[row][:place] + chance.choice(WORDS) + lines[row][place + 1 :]
        text = "\n".join(lines)
    return text


def spoil_json(value: Any, chance: random.Random) -> Any:
    """One fault somewhere: a value of another kind, a key deleted, added or called otherwise."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        kind = chance.random()
        rest = {name: one for name, one in value.items() if name != key}
        if kind < 0.1:
            return rest
        if kind < 0.15:
            return {**rest, chance.choice(WORDS): value[key]}
        return {**value, key: spoil_json(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        if chance.random() < 0.1:
            return value[:place] + value[place + 1 :]
        return [*value[:place], spoil_json(value[place], chance), *value[place + 1 :]]
    return chance.choice(VALUES)
