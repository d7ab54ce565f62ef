"""What a run leaves in log.jsonl, and how it takes up what an earlier run left behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict

from leafgraft.records.extent import Extent
from leafgraft.records.progress import KEPT, Advance, Progress
from leafgraft.records.trial_time import TrialTime
from leafgraft.storage.files.event_log import EPOCH, PROGRESS, memory_bytes
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.time_left import TimeLeft

TELL_S = 5.0  # between two lines that say how far a task is


class ProgressLog:
    """Progress that is also taken down: every stage, task and event, with its time and the memory held.

    Args:
        shown: Shows it to the person.
        folder: Its log.jsonl takes the events.
        extent: How far the run goes; no time is expected of stages beyond.

    Attributes:
        kept: What was not done again, in words.
    """

    def __init__(self, shown: Progress, folder: StudyFolder, extent: Extent | None = None) -> None:
        self._shown, self._folder, self._extent = shown, folder, extent or Extent()
        self._depth = 0
        self.kept: list[str] = []
        self._time_left = TimeLeft()
        self._task, self._told_s = "", time.monotonic()

    def expect(self, stages: Mapping[str, float], trials: Mapping[str, TrialTime] | None = None) -> None:
        """Take down the seconds expected of each stage; from now on the time that is left is shown.

        Args:
            stages: Seconds by stage.
            trials: How long each trial takes that is still to do, by key.
        """
        stages = {stage: seconds for stage, seconds in stages.items() if self._extent.takes(stage)}
        trials = trials or {}
        self.note("time expected", stages=stages, trials={key: asdict(time) for key, time in trials.items()})
        self._time_left.expect(stages, trials)
        self._tell_left()

    def _tell_left(self) -> None:
        now_s = time.monotonic()
        left_s = self._time_left.left_s(now_s)
        if left_s is not None:
            self._shown.note("time left", stage=self._time_left.stage, seconds=left_s)
        if now_s - self._told_s >= TELL_S and self._time_left.stage:
            self._told_s = now_s
            _, total, done = self._time_left.task
            told = {"task": self._task, "done": done, "total": total, "seconds_left": left_s}
            self._folder.log(PROGRESS, stage=self._time_left.stage, **told)

    def enter(self, stage: str) -> None:
        """Begin a stage; the one before it ends. An empty name ends the run."""
        now_s, left = time.monotonic(), self._time_left
        if left.stage:
            self.note("stage finished", stage=left.stage, seconds=now_s - left.since_s, memory=memory_bytes())
        elif stage:
            self.note("run started", folder=str(self._folder.path.resolve()), pid=os.getpid())
        left.enter(stage, now_s)
        self.note("stage started" if stage else "run ended")
        self._tell_left()

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Advance]:
        """Show one task, and take down its begin and its end."""
        started_s = time.monotonic()
        self.note("task started", task=name, total=total)
        outermost, self._depth = not self._depth, self._depth + 1
        if outermost:
            self._task = name
            self._time_left.begin(total, started_s)
        try:
            with self._shown.task(name, total) as advance:

                def advanced(steps: int) -> None:
                    advance(steps)
                    if outermost:
                        self._time_left.advance(steps)
                    self._tell_left()

                yield advanced
        finally:
            self._depth -= 1
        self.note("task finished", task=name, total=total, seconds=time.monotonic() - started_s)

    def say(self, line: str) -> None:
        """Print one line, and take it down."""
        self.note("said", line=line)
        self._shown.say(line)

    def note(self, event: str, **fields: object) -> None:
        """Take down one event; it belongs to the present stage unless it says otherwise."""
        if event == KEPT:
            self.kept.append(str(fields["what"]))
        self._time_left.hear(event, fields, time.monotonic())
        self._folder.log(event, **{"stage": self._time_left.stage or None, **fields})
        self._shown.note(event, **fields)
        if event == EPOCH:
            self._tell_left()
