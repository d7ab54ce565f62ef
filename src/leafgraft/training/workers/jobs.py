"""Jobs: a trial to train, or settings to try; who gives them out, and who does them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from leafgraft.errors import MenuError, TrainingError, says_full_memory
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.search_trial import GoesOn, try_settings
from leafgraft.training.trial import train_trials
from leafgraft.training.workers.events import Outcome

MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work.

    Attributes:
        trial: To train.
        fingerprint: Fingerprint of what it is trained on.
        proposal: Number among the settings that a search tries; -1 for a trial of the study, which is kept.
        earlier: Fingerprints of the same as earlier versions made them: their checkpoints are gone on from.
    """

    trial: Trial
    fingerprint: str
    proposal: int = -1
    earlier: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether what it gives is written to the study folder."""
        return self.proposal < 0

    @property
    def side(self) -> int:
        """Side in pixels of the photos that it needs."""
        return self.trial.recipe.image_size

    @property
    def title(self) -> str:
        """For the person."""
        return f"{self.trial.recipe.name or self.trial.recipe.backbone.name}, seed {self.trial.seed}"


class JobQueue(Protocol):
    """Gives jobs out and hears how they ended; lives in the driver."""

    def next(self) -> Job | None:
        """The next job; None if there is none before another ends."""

    def alike(self, job: Job) -> list[Job]:
        """Further jobs that can be done together with one that was given out; they are given out with it."""

    def goes_on(self, job: Job, epoch: int, loss: float) -> bool:
        """Whether settings that have reached a validation loss are worth another epoch."""

    def ended(self, job: Job, outcome: Outcome) -> None:
        """A job has ended: with what it gave, or with the reason why it cannot be done."""

    def lost(self, job: Job, reason: str) -> None:
        """The worker of a job is gone; the job is done again."""


class Executor(Protocol):
    """Does jobs: in this process, in several, or on a cluster."""

    def work(self, queue: JobQueue) -> None:
        """Do all jobs."""


@dataclass(frozen=True, slots=True, eq=False)
class JobContext:
    """What a job is done with.

    Attributes:
        inputs: What it is trained on.
        folder: Where a trial of the study is written.
        progress: Shows how far it is.
        goes_on: Asked after each epoch of a search, with its number and the lowest loss so far.
    """

    inputs: TrialInputs
    folder: TrialFolder
    progress: Progress
    goes_on: GoesOn


def perform(job: Job, context: JobContext) -> Outcome:
    """Do a job: what trial.json holds, or what a search wants to know; or the reason why it cannot be trained."""
    if job.kept:
        ((_, outcome),) = perform_together([job], context.inputs, {job.trial.key: context.folder}, context.progress)
        return outcome
    try:
        return try_settings(job.trial, context.inputs, context.progress, context.goes_on)
    except (TrainingError, MenuError) as error:  # such as more stages than the network has: others are tried
        return str(error)
    except (MemoryError, RuntimeError) as error:
        if not says_full_memory(error):
            raise
        return _too_large(job.trial)


def perform_together(
    jobs: Sequence[Job], inputs: TrialInputs, folders: Mapping[str, TrialFolder], progress: Progress
) -> Iterator[tuple[Job, Outcome]]:
    """Train trials of the study that are alike, each given out as soon as it ends.

    Args:
        jobs: On the same photos, splits and weights; with the same `head_group`, if there are several.
        inputs: What they work on.
        folders: By key of the trial.
        progress: Shows how far they are.
    """
    left = {job.trial.key: job for job in jobs}
    told = replace(inputs, fingerprint=jobs[0].fingerprint, earlier=jobs[0].earlier)
    try:
        for trial, outcome in train_trials([job.trial for job in jobs], told, folders, progress):
            yield left.pop(trial.key), str(outcome) if isinstance(outcome, TrainingError) else outcome
    except (MemoryError, RuntimeError) as error:
        if not says_full_memory(error):
            raise
        if len(jobs) == 1:
            yield jobs[0], _too_large(jobs[0].trial)
            return
    if left:
        progress.say(f"The memory was full: {len(left)} trials that were trained together go on one by one.")
    for job in left.values():
        yield from perform_together([job], inputs, folders, progress)


def _too_large(trial: Trial) -> str:
    """Why a trial cannot be trained. Its batch stays as it is: with another it would be another recipe."""
    found = f"It does not, with {trial.training.batch_size} photos a batch at {trial.recipe.image_size} px"
    return f"A step must fit into memory. {found}. Lower batch_size or image_size."
