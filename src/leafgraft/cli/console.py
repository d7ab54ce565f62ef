"""What a person sees while leafgraft works: progress bars with the time left, lines, errors.

All talk goes to stderr; stdout carries results and JSON alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from rich.markup import escape

from leafgraft.cli.bar import Bar
from leafgraft.cli.streams import errors, talk
from leafgraft.errors import LeafgraftError
from leafgraft.languages.speaking import said
from leafgraft.records.progress import Advance

MEGABYTE = 1024**2


@dataclass(slots=True)
class Level:
    """How much is said; set once, when a command begins.

    Attributes:
        verbose: Also every epoch, and what each stage took.
    """

    verbose: bool = False


level = Level()


class Bars:
    """Progress as one bar on a terminal, and as one line per finished task elsewhere.

    As a context it keeps the bar from the begin to the end of a run.
    """

    def __init__(self) -> None:
        self._bar = Bar()

    def __enter__(self) -> Self:
        """Show the bar until the end, whatever is under way."""
        if talk.is_terminal and not talk.quiet:
            self._bar.open()
        return self

    def __exit__(self, *_error: object) -> None:
        """Take the bar away."""
        self._bar.close()

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Advance]:
        """Show one task of `total` steps until the block ends."""
        if talk.quiet:
            yield lambda _steps: None
        elif talk.is_terminal:
            with self._bar.task(name, total) as advance:
                yield advance
        else:
            started_s = time.monotonic()
            yield lambda _steps: None
            self.say(f"{name}: {total:,} in {time.monotonic() - started_s:.1f} s")

    def say(self, line: str) -> None:
        """Print one line."""
        talk.tell(line)

    def note(self, event: str, **fields: object) -> None:
        """Show the time left, and epochs and stages to those who asked for it; other events are for programs."""
        if event == "time left":
            self._bar.expect(str(fields["stage"]), float(str(fields["seconds"])))
        if level.verbose and event in _WORDS:
            talk.print(f"[dim]{escape(_WORDS[event](fields))}[/]", soft_wrap=True)


def _epoch(fields: Mapping[str, Any]) -> str:
    return (
        f"  {fields['trial']}, epoch {fields['epoch'] + 1}: train loss {fields['train_loss']:.4f}, validation loss "
        f"{fields['validation_loss']:.4f}, validation accuracy {fields['validation_accuracy']:.1%}, "
        f"{fields['seconds']:.1f} s"
    )


def _stage(fields: Mapping[str, Any]) -> str:
    return f"Stage {fields['stage']}: {fields['seconds']:.1f} s, {fields['memory'] / MEGABYTE:,.0f} MB held"


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "epoch": _epoch,
    "stage finished": _stage,
    "trial goes on": lambda fields: f"  {fields['trial']} goes on from epoch {fields['epoch'] + 1}.",
}


def show_error(error: LeafgraftError) -> None:
    """Print the three parts of an error, each on its own line; a path in it is never cut, so that it can be copied."""
    errors.print(f"[bold red]Error:[/] {escape(said(error.asked))}", soft_wrap=True)
    errors.print(f"  found: {escape(said(error.found))}", soft_wrap=True)
    errors.print(f"  to do: {escape(said(error.mend))}", soft_wrap=True)
