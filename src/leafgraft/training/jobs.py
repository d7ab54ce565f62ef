"""Jobs: a trial to train, or settings to try; who gives them out, and who does them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch

from leafgraft.errors import TrainingError
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.inputs import TrialInputs
from leafgraft.training.trial import train_trial

OUT_OF_MEMORY = "A step must fit into memory. It does not. Lower batch_size or image_size."
MOST_TRIES = 3
Outcome = dict[str, Any] | str


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work.

    Attributes:
        trial: To train.
        fingerprint: Of what it is trained on.
    """

    trial: Trial
    fingerprint: str

    @property
    def side(self) -> int:
        """Of the photos that it needs."""
        return self.trial.recipe.image_size

    @property
    def title(self) -> str:
        """For the person."""
        return f"{self.trial.recipe.name or self.trial.recipe.backbone.name}, seed {self.trial.seed}"


class Orders(Protocol):
    """Gives jobs out and hears how they ended; lives in the driver."""

    def next(self) -> Job | None:
        """The next job; None if there is none before another ends."""

    def ended(self, job: Job, outcome: Outcome) -> None:
        """A job has ended: with what it gave, or with the reason why it cannot be done."""

    def lost(self, job: Job, reason: str) -> None:
        """The worker of a job is gone; the job is done again."""


class Crew(Protocol):
    """Does jobs: in this process, in several, or on a cluster."""

    def work(self, orders: Orders) -> None:
        """Do all jobs."""


def perform(job: Job, inputs: TrialInputs, folder: TrialFolder, progress: Progress) -> Outcome:
    """Do a job: what trial.json holds, or the reason why the trial cannot be trained."""
    try:
        return train_trial(job.trial, replace(inputs, fingerprint=job.fingerprint), folder, progress)
    except TrainingError as error:
        return str(error)
    except torch.OutOfMemoryError:
        return OUT_OF_MEMORY
