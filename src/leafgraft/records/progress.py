"""How long work tells a person how far it is, without knowing how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]
KEPT = "kept from before"  # event: `what` was not done again, as all that it depends on is as it was


class Progress(Protocol):
    """Shows progress. The command line draws bars with the time left; programs may stay silent."""

    def task(self, name: str, total: int) -> AbstractContextManager[Advance]:
        """Open one task; call the result with the steps done since the last call.

        Args:
            name: What is done, in words for a person.
            total: Number of its steps.
        """

    def say(self, line: str) -> None:
        """Print one line for the person."""

    def note(self, event: str, **fields: object) -> None:
        """Take down one event for programs.

        Args:
            event: Name of the event.
            **fields: What is known of it: ``stage``, ``trial``, ``epoch``, ``seconds``, and others.
        """


class Silent:
    """Shows nothing."""

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Advance]:
        """Open a task that shows nothing.

        Args:
            name: What is done; not shown.
            total: Number of its steps; not shown.
        """
        yield lambda _steps: None

    def say(self, line: str) -> None:
        """Print nothing."""

    def note(self, event: str, **fields: object) -> None:
        """Take nothing down.

        Args:
            event: Name of the event; not kept.
            **fields: What is known of it; not kept.
        """
