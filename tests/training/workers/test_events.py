"""What workers tell reaches the person as if the work were done here."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from drawn_trials import Talk

from leafgraft.errors import TrainingError
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.workers.events import (
    Advanced,
    Broke,
    Closed,
    Opened,
    ProgressReceiver,
    ProgressSender,
    Said,
    Saved,
)


class Counting(Talk):
    """Keeps the steps and the end of every task."""

    def __init__(self):
        super().__init__()
        self.steps, self.closed, self.notes = {}, [], []

    def note(self, event, **fields):
        self.notes.append((event, fields))

    @contextmanager
    def task(self, name, total):
        def advance(steps):
            self.steps[name] = self.steps.get(name, 0) + steps

        yield advance
        self.closed.append(name)


def test_lines_and_steps_arrive_whole(tmp_path):
    talk = Counting()
    shown = ProgressReceiver(talk)
    relay = ProgressSender(shown.show, TrialFolder(tmp_path))
    with relay.task("outer", 100) as outer:
        with relay.task("inner", 3) as inner:
            for _ in range(3):
                inner(1)
        relay.say("half")
        relay.note("epoch", stage="training", seconds=0.5)
        for _ in range(100):
            outer(1)
    assert talk.steps == {"outer": 100, "inner": 3}
    assert talk.closed == ["inner", "outer"]
    assert talk.lines == ["half"]
    assert talk.notes == [("epoch", {"stage": "training", "seconds": 0.5})]


def test_steps_are_told_seldom_and_checkpoints_once(tmp_path):
    told = []
    folder = TrialFolder(tmp_path)
    relay = ProgressSender(told.append, folder)
    with relay.task("trial", 1000) as advance:
        for step in range(1000):
            if step in {300, 600}:
                folder.checkpoint.unlink(missing_ok=True)
                folder.checkpoint.write_bytes(bytes(step))
            advance(1)
        folder.checkpoint.unlink()
        advance(0)
    assert told[0] == Opened(1, "trial", 1000)
    assert told[-1] == Closed(1)
    assert sum(event.steps for event in told if isinstance(event, Advanced)) == 1000
    assert told.count(Saved()) == 2
    assert len(told) < 100


def test_tasks_of_a_lost_worker_are_closed():
    talk = Counting()
    shown = ProgressReceiver(talk)
    for number in range(2):
        shown.show(Opened(number, f"task {number}", 5))
    shown.show(Said("almost"))
    shown.close()
    assert sorted(talk.closed) == ["task 0", "task 1"]


def test_what_broke_is_raised_again():
    with pytest.raises(TrainingError, match="asked found mend"):
        Broke(TrainingError("asked", "found", "mend")).throw()
    with pytest.raises(RuntimeError, match="Traceback"):
        Broke("Traceback").throw()
