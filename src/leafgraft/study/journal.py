"""What a run leaves in log.jsonl, and how it takes up what an earlier run left behind."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from leafgraft.records.display import counted
from leafgraft.records.progress import Advance, Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.event_log import memory_bytes
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.course import Course

TRIAL_ENDS = ("trial done", "trial failed")
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

    def expect(
        self, stages: Mapping[str, float], trials: Mapping[str, float] | None = None, epochs: float = 1.0
    ) -> None:
        """Take down the seconds expected of each stage; from now on the time that is left is shown.

        Args:
            stages: Seconds by stage.
            trials: Seconds by key of the trials that are still to do.
            epochs: That each is expected to run for.
        """
        self.note("time expected", stages=dict(stages), trials=dict(trials or {}), epochs=epochs)
        self._course.expected, self._course.trials, self._course.epochs = stages, trials or {}, epochs
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

                def advanced(steps: int) -> None:
                    advance(steps)
                    if outermost:
                        self._course.advance(steps)
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
        if event in TRIAL_ENDS or event == "epoch":
            epoch = fields.get("epoch") if event == "epoch" else None
            self._course.trained(str(fields["trial"]), epoch if isinstance(epoch, int) else None, time.monotonic())
        self._folder.log(event, **{"stage": self._stage or None, **fields})
        self._shown.note(event, **fields)


def identity_of(plan: Mapping[str, Any]) -> str:
    """Short hash of which trials a plan.json names, and how their recipes are called."""
    named = [[one["key"], one["recipe"]] for one in plan["trials"]]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:16]


def is_judged(folder: StudyFolder) -> bool:
    """Whether evaluation.json is there, and of plan.json as it is now; earlier versions did not say of which plan."""
    if not folder.has("evaluation.json"):
        return False
    return folder.read_json("evaluation.json").get("plan") in {None, identity_of(folder.read_json("plan.json"))}


def take_up_trials(trials: Sequence[Trial], folder: StudyFolder, progress: Progress) -> None:
    """Give trials of an earlier version, whose keys did not say which photos, the keys that they have now."""
    found = [
        (folder.trial(trial.earlier_key), folder.trial(trial.key))
        for trial in trials
        if folder.trial(trial.earlier_key).path.is_dir() and not folder.trial(trial.key).path.exists()
    ]
    for before, now in found:
        before.path.rename(now.path)
    if found:
        what = counted(len(found), "trial of an earlier version is", "trials of an earlier version are")
        progress.say(f"{what} taken up: the folders have other names now.")


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
