"""How long a run still takes: seconds expected of each stage, corrected by what has happened so far.

What is expected follows from counts and from the speed of the networks on this machine; the pace of what is over
corrects what is left. It is shown, and decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leafgraft.records.extent import PART_OF
from leafgraft.records.trial_time import TrialTime

STAGES = tuple(PART_OF)
# Seconds by photo, and of each stage whatever its photos, on two cores: log.jsonl of a quick study of 5,308 photos.
PHOTO_S: Mapping[str, float] = {"photos": 0.0047, "audit": 0.0042, "evaluation": 0.0012, "export": 0.0017}
FIXED_S: Mapping[str, float] = {"plan": 7.0, "audit": 3.0, "evaluation": 1.0, "report": 0.5, "export": 9.0}
DISTURBED_S = 0.001  # to disturb one photo once
DIAGNOSED_S = 0.004  # probes of one backbone, by photo
CURVE_S = 0.0007  # learning curve of one backbone, by photo and fold
PARTS_EXPECTED, PART_DONE = "parts expected", "part done"
MEASURED = ("tuning", "training")  # stages whose work was timed on this machine before: their pace is their own
TRIAL_ENDS = ("trial done", "trial failed")
SURE_SHARE = 0.1  # of a task, from which its own speed counts
TRUST_S = 60.0  # what was expected weighs as much as so many seconds that went by as expected
TRUST_OF_PARTS_S = 20.0  # likewise within a stage, by its trials or parts that are done
TOLD_SHARE = 0.95  # of a trial, while it has not said that it ended


@dataclass(frozen=True, slots=True)
class Work:
    """What a run has to do.

    Attributes:
        photos: Photos of the study and its second folders.
        own: Photos of the study alone.
        diagnosed: Backbones with a frozen recipe.
        robustness_s: Seconds for the answers to disturbed photos.
        features_s: Seconds for the features that the audit looks at.
        searching_s: Seconds for all searches.
        training_s: Seconds for all trials, with the rest of the work that is done once for them.
    """

    photos: int
    own: int = 0
    diagnosed: int = 0
    robustness_s: float = 0.0
    features_s: float = 0.0
    searching_s: float = 0.0
    training_s: float = 0.0

    def expected(self) -> dict[str, float]:
        """Seconds by stage."""
        seconds = {stage: FIXED_S.get(stage, 0.0) + self.photos * PHOTO_S.get(stage, 0.0) for stage in STAGES}
        seconds["tuning"] += self.searching_s
        seconds["audit"] += self.features_s
        seconds["training"] += self.training_s
        seconds["diagnosis"] += self.diagnosed * self.own * (DIAGNOSED_S + CURVE_S)
        seconds["diagnosis"] += self.robustness_s
        return seconds


@dataclass(slots=True)
class TimeLeft:
    """Where a run is.

    Attributes:
        expected: Seconds by stage; empty while nothing is known.
        trials: How long every trial takes that is still to do, by key, its part of shared work counted.
        stage: The present one.
        since_s: When it began.
        task: When the outermost task of it began, its steps, and those that are done.
        over: Seconds that the stages before were expected to take, and seconds that they took; not those of `MEASURED`.
        reached: Epochs that each trial has done, and the number of the best of them, by key.
        lowest: Lowest validation loss of each trial, by key.
        ended: Trials that are over.
        moved_s: When a trial or a part last got on.
        parts: Seconds expected of each part of the present stage that is still to do, in their order; empty if none.
        parts_done_s: What was expected of those that are done.
    """

    expected: Mapping[str, float] = field(default_factory=dict)
    trials: Mapping[str, TrialTime] = field(default_factory=dict)
    stage: str = ""
    since_s: float = 0.0
    task: tuple[float, int, int] = (0.0, 0, 0)
    over: tuple[float, float] = (0.0, 0.0)
    reached: dict[str, tuple[float, float]] = field(default_factory=dict)
    lowest: dict[str, float] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    moved_s: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    parts_done_s: float = 0.0

    def expect(self, stages: Mapping[str, float], trials: Mapping[str, TrialTime]) -> None:
        """Take down what is expected, in place of what was."""
        self.expected, self.trials = stages, trials

    def enter(self, stage: str, now_s: float) -> None:
        """Begin a stage; the one before it is over."""
        if self.expected.get(self.stage) and self.stage not in MEASURED:
            expected_s, took_s = self.over
            self.over = expected_s + self.expected[self.stage], took_s + now_s - self.since_s
        self.stage, self.since_s, self.task, self.moved_s = stage, now_s, (now_s, 0, 0), now_s
        self.parts, self.parts_done_s = {}, 0.0

    def begin(self, total: int, now_s: float) -> None:
        """Begin a task of `total` steps that lies in no other."""
        self.task = (now_s, total, 0)

    def advance(self, steps: int) -> None:
        """Take down steps of that task."""
        began_s, total, done = self.task
        self.task = (began_s, total, done + steps)

    def hear(self, event: str, fields: Mapping[str, Any], now_s: float) -> None:
        """Take down how far a trial or a part is, if the event says so: an epoch, the first one being 0, or its end."""
        if event == PARTS_EXPECTED:
            self.parts, self.moved_s = dict(fields["parts"]), now_s
        elif event == PART_DONE:
            self.parts_done_s += self.parts.pop(fields["part"])
            self.moved_s, self.task = now_s, (now_s, 0, 0)
        if event in TRIAL_ENDS:
            self.ended.add(fields["trial"])
            self.moved_s = now_s
        elif event == "epoch" and fields["trial"] in self.trials:
            self._hear_epoch(fields["trial"], fields["epoch"] + 1.0, fields.get("validation_loss"))
            self.moved_s = now_s

    def _hear_epoch(self, key: str, epochs: float, loss: float | None) -> None:
        _, best = self.reached.get(key, (0.0, epochs))
        if loss is not None and loss < self.lowest.get(key, math.inf):
            self.lowest[key], best = loss, epochs
        self.reached[key] = epochs, best

    def left_s(self, now_s: float) -> float | None:
        """Seconds that are left; None while nothing is known."""
        if not self.expected or self.stage not in STAGES:
            return None
        later = STAGES[STAGES.index(self.stage) + 1 :]
        own_s = self._of_training(now_s) if self.stage == "training" and self.trials else self._of_stage(now_s)
        return own_s + self._pace() * sum(self.expected.get(stage, 0.0) for stage in later)

    def _pace(self) -> float:
        """Seconds that go by for one that was expected."""
        expected_s, took_s = self.over
        return (TRUST_S + took_s) / (TRUST_S + expected_s)

    def _pace_within(self, done_s: float) -> float:
        """The same within the present stage, by what was expected of its trials or parts that are done."""
        return (TRUST_OF_PARTS_S * self._pace() + self.moved_s - self.since_s) / (TRUST_OF_PARTS_S + done_s)

    def _of_stage(self, now_s: float) -> float:
        began_s, total, done = self.task
        share = done / total if total else 0.0
        by_task = (now_s - began_s) * (1 - share) / share if share >= SURE_SHARE else 0.0
        if self.parts:
            return max(self._of_parts(now_s), by_task)
        return max(self._pace() * self.expected.get(self.stage, 0.0) - (now_s - self.since_s), by_task)

    def _of_parts(self, now_s: float) -> float:
        """Parts that are left, at the pace of those that are done; those after the present one in any case."""
        pace = self._pace_within(self.parts_done_s)
        present, *later = self.parts.values()
        return pace * sum(later) + max(0.0, pace * present - (now_s - self.moved_s))

    def _of_training(self, now_s: float) -> float:
        """Trials that are left, at the pace of those that are done; at least half of that while nothing moves."""
        epochs = self._epochs()
        all_s = {key: time.seconds(epochs[key]) for key, time in self.trials.items()}
        done_s = sum(
            all_s[key]
            if key in self.ended
            else min(TOLD_SHARE * all_s[key], self.trials[key].seconds(self.reached[key][0]))
            for key in self.trials
            if key in self.ended or key in self.reached
        )
        left_s = self._pace_within(done_s) * (sum(all_s.values()) - done_s)
        return max(left_s - (now_s - self.moved_s), left_s / 2)

    def _epochs(self) -> dict[str, float]:
        """That each trial runs for: one that has not begun, for as many as the others of its recipe."""
        found = {
            key: epochs if key in self.ended else self.trials[key].expected_epochs(epochs, best)
            for key, (epochs, best) in self.reached.items()
        }
        of_recipe: dict[str, list[float]] = {}
        for key, epochs in found.items():
            of_recipe.setdefault(self.trials[key].recipe, []).append(epochs)
        for key, time in self.trials.items():
            others = of_recipe.get(time.recipe, [time.expected_epochs()])
            found.setdefault(key, sum(others) / len(others))
        return found
