"""One bar for all work: what is under way, how much of everything is done, and the time left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from leafgraft.cli.streams import talk
from leafgraft.languages.speaking import said, speaking, spoken
from leafgraft.records.progress import Advance

BAR_WIDTH = 16
TICKS_A_SECOND = 4


@dataclass(slots=True)
class Task:
    """Work that is under way.

    Attributes:
        name: What it is.
        total: Number of its steps.
        began_s: When it began.
        done: Steps that are done.
    """

    name: str
    total: int
    began_s: float
    done: int = 0

    @property
    def steps(self) -> str:
        """Its steps, if it has several."""
        return f"{self.done:,}/{self.total:,}" if self.total > 1 else ""

    def left_s(self, now_s: float) -> float | None:
        """Seconds left at its own speed; None while that is not known."""
        return (now_s - self.began_s) * (self.total - self.done) / self.done if self.done else None


@dataclass(slots=True)
class Bar:
    """The bar; it is there while it is opened or while a task is.

    Attributes:
        tasks: Under way, the outermost first.
    """

    tasks: list[Task] = field(default_factory=list)
    _live: Live | None = None
    _began_s: float = 0.0
    _expected: tuple[float, float] | None = None  # when it was said, and the seconds left then
    _held: bool = False
    _stage: str = ""
    _language: str = ""  # another thread draws it

    def open(self) -> None:
        """Show it until it is closed."""
        self._held = True
        self._start()

    def close(self) -> None:
        """Take it away."""
        self._held = False
        self._stop()

    def expect(self, stage: str, seconds: float) -> None:
        """Take the stage and the time left from one who knows all that is to do."""
        self._stage, self._expected = stage, (time.monotonic(), seconds)

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Advance]:
        """Show one task until the block ends."""
        self._start()
        task = Task(name, total, time.monotonic())
        self.tasks.append(task)

        def advance(steps: int) -> None:
            task.done += steps

        try:
            yield advance
        finally:
            self.tasks.remove(task)
            if not self.tasks and not self._held:
                self._stop()

    def _start(self) -> None:
        if self._live is None:
            self._began_s, self._language = time.monotonic(), spoken()
            # stdout carries answers: what is written to it meanwhile must not go to stderr with the bar
            self._live = Live(
                self, console=talk, transient=True, refresh_per_second=TICKS_A_SECOND, redirect_stdout=False
            )
            self._live.start()

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def left_s(self, now_s: float) -> float | None:
        """Seconds left of everything; None while nothing is known."""
        if self._expected is not None:
            said_s, seconds = self._expected
            return max(0.0, seconds - (now_s - said_s))
        return self.tasks[0].left_s(now_s) if self.tasks else None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What is under way, shortened first where there is little room; the bar; time gone and left."""
        with speaking(self._language):
            line = self._line(options.max_width)
        yield line

    def _line(self, width: int) -> Table:
        now_s = time.monotonic()
        gone_s, left_s = now_s - self._began_s, self.left_s(now_s)
        times = said(f"{clock(gone_s)} gone, {'?' if left_s is None else clock(left_s)} left")
        doing, steps = (self.tasks[-1].name, self.tasks[-1].steps) if self.tasks else (self._stage.capitalize(), "")
        share = 0.0 if left_s is None else gone_s / max(gone_s + left_s, 1e-9)
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(ratio=1, no_wrap=True)
        line.add_column(width=len(steps), no_wrap=True)
        line.add_column(width=min(BAR_WIDTH, width // 5))
        line.add_column(width=cell_len(times), no_wrap=True)
        words = Text(said(doing), no_wrap=True, overflow="ellipsis")
        line.add_row(words, Text(steps), ProgressBar(total=1.0, completed=share, width=None), Text(times))
        return line


def clock(seconds: float) -> str:
    """75 as 1:15."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
