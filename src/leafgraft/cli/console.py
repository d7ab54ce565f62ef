"""What a person sees while leafgraft works: progress bars with the time left, lines, errors.

All talk goes to stderr; stdout carries results and JSON alone.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from leafgraft.errors import LeafgraftError
from leafgraft.records.progress import Advance

if os.environ.get("COLUMNS") == "0":  # some programs that start others say so; rich would print nothing
    del os.environ["COLUMNS"]

talk = Console(stderr=True, highlight=False)  # hushed by --quiet
errors = Console(stderr=True, highlight=False)
answer = Console(highlight=False)  # stdout
MEGABYTE = 1024**2


def escape_what_cannot_be_written() -> None:
    r"""Write letters that the encoding of a terminal, or of a file that output goes to, lacks as JSON does (\uac74)."""
    codecs.register_error("leafgraft-escape", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="leafgraft-escape")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4)), error.end


@dataclass(slots=True)
class Level:
    """How much is said; set once, when a command begins.

    Attributes:
        verbose: Also every epoch, and what each stage took.
    """

    verbose: bool = False


level = Level()


class Bars:
    """Progress as bars on a terminal, and as one line per finished task elsewhere."""

    def __init__(self) -> None:
        self._bars: RichProgress | None = None

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Advance]:
        """Show one task of `total` steps until the block ends."""
        if talk.quiet:
            yield lambda _steps: None
        elif talk.is_terminal:
            with self._shown() as bars:
                task = bars.add_task(escape(name), total=total)
                try:
                    yield lambda steps: bars.advance(task, steps)
                finally:
                    bars.remove_task(task)
        else:
            started_s = time.monotonic()
            yield lambda _steps: None
            self.say(f"{name}: {total:,} in {time.monotonic() - started_s:.1f} s")

    @contextmanager
    def _shown(self) -> Iterator[RichProgress]:
        """Open the live display with the first task and close it with the last: nested tasks share it."""
        if self._bars is not None:
            yield self._bars
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=18),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with RichProgress(*columns, console=talk, transient=True) as bars:
            self._bars = bars
            try:
                yield bars
            finally:
                self._bars = None

    def say(self, line: str) -> None:
        """Print one line."""
        talk.print(escape(line))

    def note(self, event: str, **fields: object) -> None:
        """Show epochs and stages to those who asked for it; other events are for programs."""
        if level.verbose and event in _WORDS:
            talk.print(f"[dim]{escape(_WORDS[event](fields))}[/]", soft_wrap=True)


def _epoch(fields: Mapping[str, Any]) -> str:
    return (
        f"  {fields['trial']}, epoch {fields['epoch']}: train loss {fields['train_loss']:.4f}, validation loss "
        f"{fields['validation_loss']:.4f}, validation accuracy {fields['validation_accuracy']:.1%}, "
        f"{fields['seconds']:.1f} s"
    )


def _stage(fields: Mapping[str, Any]) -> str:
    return f"Stage {fields['stage']}: {fields['seconds']:.1f} s, {fields['memory'] / MEGABYTE:,.0f} MB held"


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "epoch": _epoch,
    "stage finished": _stage,
    "trial goes on": lambda fields: f"  {fields['trial']} goes on from epoch {fields['epoch']}.",
}


def show_error(error: LeafgraftError) -> None:
    """Print the three parts of an error, each on its own line; a path in it is never cut, so that it can be copied."""
    errors.print(f"[bold red]Error:[/] {escape(error.asked)}", soft_wrap=True)
    errors.print(f"  found: {escape(error.found)}", soft_wrap=True)
    errors.print(f"  to do: {escape(error.mend)}", soft_wrap=True)
