"""Where output goes: stdout carries results and JSON alone, stderr all talk."""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from typing import Any

from rich.console import Console

from leafgraft.languages.speaking import said

if os.environ.get("COLUMNS") == "0":  # some programs that start others say so; rich would print nothing
    del os.environ["COLUMNS"]


STYLED = re.compile(r"(\s*\[[a-z ]+\])((?:(?!\[/\]).)*)(\[/\]\s*)", re.DOTALL)


class SpeakingConsole(Console):
    """A console whose sentences are written in English, and printed in the language that a person chose."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print; texts that are plain strings are translated, in one style as a whole, too: ``[dim]...[/]``."""
        super().print(*(_spoken(one) if isinstance(one, str) else one for one in objects), **options)

    def tell(self, sentence: str) -> None:
        """Print a sentence as it stands: no markup, no line broken."""
        self.print(sentence, markup=False, soft_wrap=True)


def _spoken(text: str) -> str:
    """The text in the language of the person; its style is taken off where no sentence has it."""
    whole, styled = said(text), STYLED.fullmatch(text)
    return styled[1] + said(styled[2]) + styled[3] if styled and whole == text else whole


# Neither figures are coloured nor ``:leaves:`` of a file name, or ``:AB:`` of a fingerprint, drawn as a picture.
talk = SpeakingConsole(stderr=True, highlight=False, emoji=False)  # hushed by --quiet
errors = SpeakingConsole(stderr=True, highlight=False, emoji=False)
answer = SpeakingConsole(highlight=False, emoji=False)  # stdout


def tell_address(line: str, *, as_json: bool) -> None:
    """Say where a page is; to who asked for no talk, and for no JSON, that is the answer."""
    (answer if talk.quiet and not as_json else talk).tell(line)


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
