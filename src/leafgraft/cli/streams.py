"""Where output goes: stdout carries results and JSON alone, stderr all talk."""

from __future__ import annotations

import codecs
import io
import os
import sys

from rich.console import Console

if os.environ.get("COLUMNS") == "0":  # some programs that start others say so; rich would print nothing
    del os.environ["COLUMNS"]

talk = Console(stderr=True, highlight=False)  # hushed by --quiet
errors = Console(stderr=True, highlight=False)
answer = Console(highlight=False)  # stdout


def escape_what_cannot_be_written() -> None:
    r"""Write letters that the encoding of a terminal, or of a file that output goes to, lacks as JSON does (\uac74)."""
    codecs.register_error("leafgraft-escape", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="leafgraft-escape")


def can_write(text: str) -> bool:
    """Whether the encoding of stdout has these letters."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4)), error.end
