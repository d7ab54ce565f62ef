"""What a worker tells the driver while it trains, and the progress of a trial as such events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from leafgraft.errors import LeafgraftError
from leafgraft.records.progress import Advance, Progress
from leafgraft.storage.study_folder import TrialFolder

TELL_EVERY_S = 0.2
Outcome = dict[str, Any] | str  # what a job gave, or the reason why it cannot be done


@dataclass(frozen=True, slots=True)
class Started:
    """The worker runs."""


@dataclass(frozen=True, slots=True)
class Said:
    """A line for the person."""

    line: str


@dataclass(frozen=True, slots=True)
class Noted:
    """An event for programs."""

    event: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Opened:
    """A task of `total` steps has begun."""

    number: int
    name: str
    total: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """Steps of a task were done."""

    number: int
    steps: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A task has ended."""

    number: int


@dataclass(frozen=True, slots=True)
class Saved:
    """The trial can go on from a new checkpoint."""


@dataclass(frozen=True, slots=True)
class Asks:
    """A search asks whether settings with this loss are worth another epoch; the answer is true or false."""

    epoch: int
    loss: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A job has ended.

    Attributes:
        outcome: What it gave, or why it cannot be done.
    """

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Broke:
    """Something went wrong that stops the study.

    Attributes:
        error: What was raised, where the case is known, or the system's own; else where in the code.
    """

    error: LeafgraftError | OSError | str

    def throw(self) -> NoReturn:
        """Raise it again."""
        raise RuntimeError(self.error) if isinstance(self.error, str) else self.error


Shows = Said | Noted | Opened | Advanced | Closed
Event = Started | Shows | Saved | Asks | Ended | Broke


@dataclass(slots=True, eq=False)
class ProgressSender:
    """Progress of a worker, told to the driver.

    Attributes:
        send: Tells the driver.
        folder: Where the trial is written; a new checkpoint in it is told too.
    """

    send: Callable[[Event], None]
    folder: TrialFolder
    _tasks: int = 0
    _checkpoint: tuple[int, int] = (0, 0)

    def say(self, line: str) -> None:
        """Pass a line on."""
        self.send(Said(line))

    def note(self, event: str, **fields: object) -> None:
        """Pass an event on."""
        self.send(Noted(event, fields))

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Advance]:
        """Pass a task on; its steps not more often than the eye sees."""
        self._tasks += 1
        number, waiting, told_s = self._tasks, 0, time.monotonic()
        self.send(Opened(number, name, total))

        def advance(steps: int) -> None:
            nonlocal waiting, told_s
            waiting += steps
            if time.monotonic() - told_s >= TELL_EVERY_S:
                self.send(Advanced(number, waiting))
                waiting, told_s = 0, time.monotonic()
            self._tell_checkpoint()

        try:
            yield advance
        finally:
            if waiting:
                self.send(Advanced(number, waiting))
            self.send(Closed(number))

    def _tell_checkpoint(self) -> None:
        """Tell of a checkpoint that was written since."""
        try:
            status = self.folder.checkpoint.stat()
        except FileNotFoundError:  # none yet, or the driver took it
            return
        found = status.st_ino, status.st_mtime_ns
        if found != self._checkpoint:
            self._checkpoint = found
            self.send(Saved())


@dataclass(slots=True, eq=False)
class ProgressReceiver:
    """The driver's side of a worker's progress.

    Attributes:
        progress: Where it is shown.
    """

    progress: Progress
    _open: dict[int, tuple[ExitStack, Advance]] = field(default_factory=dict)

    def show(self, event: Shows) -> None:
        """Show what a worker told."""
        match event:
            case Said(line):
                self.progress.say(line)
            case Noted(name, fields):
                self.progress.note(name, **fields)
            case Opened(number, title, total):
                task = ExitStack()
                self._open[number] = task, task.enter_context(self.progress.task(title, total))
            case Advanced(number, steps):
                self._open[number][1](steps)
            case Closed(number):
                self._open.pop(number)[0].close()

    def close(self) -> None:
        """Close the tasks of a worker that is gone."""
        while self._open:
            self._open.popitem()[1][0].close()
