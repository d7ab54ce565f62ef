"""Help and refusals of the command line in the language that a person chose."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

from typer.core import TyperCommand

from leafgraft.languages.speaking import said

TYPE = re.compile(r"<(\w+)(?: range)?>")
KINDS = {"int": "N", "float": "N", "str": "WORD"}


def asked_language(arguments: list[str]) -> str:
    """What stands behind ``--lang`` on a command line; empty if nothing does."""
    for place, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.partition("=")[2]
        if argument == "--lang" and place + 1 < len(arguments):
            return arguments[place + 1]
    return ""


class HelpfulCommand(TyperCommand):
    """A command whose help is translated."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        super().format_help(ctx, translating(formatter))


def translating(formatter: Any) -> Any:
    """The same formatter of help, which translates headings, paragraphs and what is said of each option."""
    heading, usage, rows, text = (
        getattr(formatter, name) for name in ("write_heading", "write_usage", "write_dl", "write_text")
    )
    formatter.write_heading = lambda words: heading(said(words))
    formatter.write_usage = lambda program, arguments="", prefix=None: usage(
        program, arguments, said("Usage:") + " " if prefix is None else prefix
    )
    formatter.write_dl = lambda listed, *more, **settings: rows(
        [(_with_plain_types(name), said(_flowing(words))) for name, words in listed], *more, **settings
    )
    formatter.write_text = lambda words: text("\n\n".join(said(_flowing(one)) for one in words.split("\n\n")))
    return formatter


def _with_plain_types(name: str) -> str:
    """An option without what programmers call the kind of its value."""
    return TYPE.sub(lambda found: KINDS.get(found[1], found[1].upper()), name)


def _flowing(paragraph: str) -> str:
    """A paragraph without the line breaks of the source."""
    return " ".join(paragraph.split())


def show_refusal(error: Any) -> None:
    """Print what the parser says of a command line that it cannot read."""
    words = io.StringIO()
    error.show(words)
    sys.stderr.write(said(words.getvalue()))
