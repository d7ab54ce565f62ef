"""What a run leaves in log.jsonl, and how it takes up what an earlier run left behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from leafgraft.records.progress import Advance, Progress
from leafgraft.storage.event_log import memory_bytes
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.course import Course

OPENED = "opened.json"  # cannot be made anew: the log holds the same, and is asked where it is damaged


class Journal:
    """Progress that is also taken down: every stage, task and event, with its time and the memory held.

    Args:
        shown: Shows it to the person.
        folder: Its log.jsonl takes the events.
    """

    def __init__(self, shown: Progress, folder: StudyFolder) -> None:
        self._shown, self._folder = shown, folder
        self._stage, self._since_s, self._depth = "", 0.0, 0
        self._course = Course()

    def expect(self, stages: Mapping[str, float]) -> None:
        """Take down the seconds expected of each stage; from now on the time that is left is shown."""
        self.note("time expected", stages=dict(stages))
        self._course.expected = stages
        self._tell_left()

    def _tell_left(self) -> None:
        left_s = self._course.left_s(time.monotonic())
        if left_s is not None:
            self._shown.note("time left", stage=self._stage, seconds=left_s)

    def enter(self, stage: str) -> None:
        """Begin a stage; the one before it ends. An empty name ends the run."""
        now_s = time.monotonic()
        if self._stage:
            self.note("stage finished", stage=self._stage, seconds=now_s - self._since_s, memory=memory_bytes())
        elif stage:
            self.note("run started", folder=str(self._folder.path.resolve()), pid=os.getpid())
        self._stage, self._since_s = stage, now_s
        self._course.enter(stage, now_s)
        self.note("stage started" if stage else "run ended")
        self._tell_left()

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Advance]:
        """Show one task, and take down its begin and its end."""
        started_s = time.monotonic()
        self.note("task started", task=name, total=total)
        outermost, self._depth = not self._depth, self._depth + 1
        if outermost:
            self._course.begin(total, started_s)
        try:
            with self._shown.task(name, total) as advance:

                def counted(steps: int) -> None:
                    advance(steps)
                    if outermost:
                        self._course.advance(steps)
                    self._tell_left()

                yield counted
        finally:
            self._depth -= 1
        self.note("task finished", task=name, total=total, seconds=time.monotonic() - started_s)

    def say(self, line: str) -> None:
        """Print one line, and take it down."""
        self.note("said", line=line)
        self._shown.say(line)

    def note(self, event: str, **fields: object) -> None:
        """Take down one event; it belongs to the present stage unless it says otherwise."""
        self._folder.log(event, **{"stage": self._stage or None, **fields})
        self._shown.note(event, **fields)


def take_up(folder: StudyFolder, progress: Progress) -> None:
    """Put in order what a killed run left, and name every file that was damaged since it was written.

    Damaged files are deleted, as the run makes them anew.

    Raises:
        StudyFolderError: The folder cannot be written.
    """
    folder.sweep()
    if folder.events.mend():
        progress.say("The last line of log.jsonl was half-written; it is cut off.")
    for name in folder.damaged():
        progress.say(f"'{folder.file(name)}' is damaged: its checksum differs. It is made anew.")
        folder.log("damaged", file=name)
        if name != OPENED:
            folder.remove(name)
