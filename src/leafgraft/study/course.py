"""How long a run still takes: seconds expected of each stage, corrected by what has happened so far.

What is expected follows from counts and from the speed of the networks on this machine. It is shown, and decides
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

STAGES = ("photos", "tuning", "plan", "audit", "training", "evaluation", "diagnosis", "report", "export")
# Seconds by photo, and of each stage whatever its photos, on two cores: log.jsonl of a quick study of 5,308 photos.
PHOTO_S: Mapping[str, float] = {"photos": 0.008, "audit": 0.006, "evaluation": 0.0038, "export": 0.0015}
FIXED_S: Mapping[str, float] = {"plan": 10.0, "audit": 3.0, "evaluation": 1.0, "report": 1.0, "export": 8.0}
DISTURBED_S = 0.002  # to disturb one photo once
DIAGNOSED_S = 0.0025  # probes and learning curve of one backbone, by photo
SURE_SHARE = 0.1  # of a task, from which its own speed counts


@dataclass(frozen=True, slots=True)
class Work:
    """What a run has to do.

    Attributes:
        photos: Of the study and its second folders.
        disturbed: Photos that the robustness disturbs and answers.
        diagnosed: Backbones with a frozen recipe.
        network_s: Seconds of one photo through a network, the mean over networks; 0 if not measured yet.
        training_s: Of all trials, and of the work that is done once for them.
    """

    photos: int
    disturbed: int = 0
    diagnosed: int = 0
    network_s: float = 0.0
    training_s: float = 0.0

    def expected(self) -> dict[str, float]:
        """Seconds by stage."""
        seconds = {stage: FIXED_S.get(stage, 0.0) + self.photos * PHOTO_S.get(stage, 0.0) for stage in STAGES}
        seconds["training"] += self.training_s
        seconds["diagnosis"] += self.diagnosed * self.photos * DIAGNOSED_S
        seconds["diagnosis"] += self.disturbed * (DISTURBED_S + self.network_s)
        return seconds


@dataclass(slots=True)
class Course:
    """Where a run is.

    Attributes:
        expected: Seconds by stage; empty while nothing is known.
        stage: The present one.
        since_s: When it began.
        task: When the outermost task of it began, its steps, and those that are done.
    """

    expected: Mapping[str, float] = field(default_factory=dict)
    stage: str = ""
    since_s: float = 0.0
    task: tuple[float, int, int] = (0.0, 0, 0)

    def enter(self, stage: str, now_s: float) -> None:
        """Begin a stage."""
        self.stage, self.since_s, self.task = stage, now_s, (now_s, 0, 0)

    def begin(self, total: int, now_s: float) -> None:
        """Begin a task of `total` steps that lies in no other."""
        self.task = (now_s, total, 0)

    def advance(self, steps: int) -> None:
        """Take down steps of that task."""
        began_s, total, done = self.task
        self.task = (began_s, total, done + steps)

    def left_s(self, now_s: float) -> float | None:
        """Seconds that are left; None while nothing is known."""
        if not self.expected or self.stage not in STAGES:
            return None
        later = STAGES[STAGES.index(self.stage) + 1 :]
        return self._of_stage(now_s) + sum(self.expected.get(stage, 0.0) for stage in later)

    def _of_stage(self, now_s: float) -> float:
        began_s, total, done = self.task
        share = done / total if total else 0.0
        by_task = (now_s - began_s) * (1 - share) / share if share >= SURE_SHARE else 0.0
        if self.stage == "training" and by_task:  # one task is the whole stage
            return by_task
        return max(self.expected.get(self.stage, 0.0) - (now_s - self.since_s), by_task)
