"""Run all trials of a study: skip those that are done, go on with those that were cut."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch

from leafgraft.errors import UsageError
from leafgraft.records.display import counted
from leafgraft.records.extras import of_an_extra
from leafgraft.records.launch import Launch
from leafgraft.records.progress import KEPT, Advance, Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import StudyFolder, TrialFolder
from leafgraft.training.analysis.second_folders import answer_second_folders
from leafgraft.training.costs.memory import check_memory
from leafgraft.training.distributed.launch import check_devices
from leafgraft.training.heads.head_trials import head_group
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.processor import prepare_processor
from leafgraft.training.workers.events import Outcome
from leafgraft.training.workers.jobs import Executor, Job, JobContext, JobQueue, perform, perform_together
from leafgraft.training.workers.process_pool import open_workers

STAGE = "training"
InputsOf = Callable[[Trial], TrialInputs]


def choose_device(asked: str) -> str:
    """``auto`` takes a GPU where there is one; this process is set up to use its processor well beside it.

    Raises:
        UsageError: The device asked for is not there.
    """
    prepare_processor()
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if asked == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there.get(asked, False):
        known = ", ".join(name for name, present in there.items() if present)
        raise UsageError(f"--device {asked} must be there.", f"This machine has {known}.", f"Choose auto or {known}.")
    return asked


def check_launch(launch: Launch, device: str) -> None:
    """Find out, before any work is done, whether trials can run where they shall.

    Raises:
        UsageError: Ray is not installed, its cluster does not answer, or there are fewer devices.
    """
    if launch.engine == "local":
        check_devices(launch.devices, device)
        return
    with of_an_extra():
        from leafgraft.training.workers.ray_cluster import check_address  # noqa: PLC0415 - ray is an extra

    check_address(launch.address)


def run_trials(
    trials: Sequence[Trial],
    inputs_of: InputsOf,
    folder: StudyFolder,
    progress: Progress,
    launch: Launch | None = None,
) -> dict[str, str]:
    """Train every trial that is not done; one line for each that ends.

    A trial that cannot be trained does not stop the others.

    Returns:
        Reason by key for every trial that failed.

    Raises:
        UsageError: The workers asked for do not fit into memory, cannot start, or Ray is not installed.
    """
    launch = launch or Launch()
    known = {trial.key: replace(inputs_of(trial), devices=launch.devices) for trial in trials}
    inputs = {trial.recipe.image_size: known[trial.key] for trial in trials}
    with progress.task("Trials", len(trials)) as advance:
        todo = [one for one in trials if not _is_done(folder.trial(one.key), known[one.key], progress)]
        if kept := len(trials) - len(todo):
            progress.note(KEPT, what=f"{kept:,} of {counted(len(trials), 'trial')}")
        advance(kept)
        finished = [one for one in trials if one not in todo]
        _say_unknown_engines(finished, folder, progress)
        answer_second_folders(finished, known, folder, progress)
        ordered = _backbones_first(todo) if launch.apart else todo
        of = [(trial, known[trial.key]) for trial in ordered]
        jobs = deque(Job(trial, inputs.fingerprint, earlier=inputs.earlier) for trial, inputs in of)
        queue = TrainingQueue(jobs, folder, progress, advance)
        with open_executor(launch, todo, inputs, folder, progress, len(todo)) as executor:
            executor.work(queue)
    return queue.failed


def _is_done(folder: TrialFolder, inputs: TrialInputs, progress: Progress) -> bool:
    return folder.is_done(inputs.fingerprint, progress.say, inputs.earlier)


@contextmanager
def open_executor(
    launch: Launch,
    trials: Sequence[Trial],
    inputs: Mapping[int, TrialInputs],
    folder: StudyFolder,
    progress: Progress,
    most: int,
) -> Iterator[Executor]:
    """Open who does the jobs.

    Args:
        launch: Where trials are trained.
        trials: One of every kind at least.
        inputs: What they are trained on, by the side of its photos.
        folder: Folder of the study.
        progress: Shows how far it is.
        most: Jobs at a time that there may be.

    Raises:
        UsageError: The workers asked for do not fit into memory, or there is no such cluster.
    """
    count = min(launch.jobs, most)
    if launch.engine == "ray" and most:
        from leafgraft.training.workers.ray_driver import open_cluster  # noqa: PLC0415 - ray is an extra

        with open_cluster(launch, trials, inputs, folder, progress) as cluster:
            yield cluster
    elif count > 1:
        check_memory(trials, inputs, count)
        with open_workers(count, inputs, folder, progress) as workers:
            yield workers
    else:
        yield InProcessExecutor(inputs, folder, progress)


@dataclass(frozen=True, slots=True, eq=False)
class InProcessExecutor:
    """An executor of this process alone.

    Attributes:
        inputs: What jobs work on, by the side of their photos.
        folder: Folder of the study.
        progress: Shows how far it is.
    """

    inputs: Mapping[int, TrialInputs]
    folder: StudyFolder
    progress: Progress

    def work(self, queue: JobQueue) -> None:
        """Do one job after the other; those that are alike together."""
        while (job := queue.next()) is not None:
            inputs, folder = self.inputs[job.side], self.folder.trial(job.trial.key)
            if job.kept:
                jobs = [job, *queue.alike(job)]
                targets = {one.trial.key: self.folder.trial(one.trial.key) for one in jobs}
                for one, outcome in perform_together(jobs, inputs, targets, self.progress):
                    queue.ended(one, outcome)
            else:
                queue.ended(job, perform(job, JobContext(inputs, folder, self.progress, partial(queue.goes_on, job))))


@dataclass(slots=True, eq=False)
class TrainingQueue:
    """Gives out the trials of a study, and notes how each ended: for programs, in words, and in `failed`.

    What a folder holds of an earlier trial does not count any more once it is given out, however this one ends.

    Attributes:
        todo: Jobs that are left.
        folder: Folder of the study.
        progress: Where words and events go.
        advance: Called for each trial that ends.
        failed: Reason by key.
    """

    todo: deque[Job]
    folder: StudyFolder
    progress: Progress
    advance: Advance
    failed: dict[str, str] = field(default_factory=dict)

    def next(self) -> Job | None:
        """The next trial."""
        return self._begun(self.todo.popleft()) if self.todo else None

    def alike(self, job: Job) -> list[Job]:
        """Trials in which the head alone learns, on the same features as in this one."""
        wanted = head_group(job.trial), job.fingerprint
        found = [one for one in self.todo if wanted[0] and (head_group(one.trial), one.fingerprint) == wanted]
        for one in found:
            self.todo.remove(one)
        return [self._begun(one) for one in found]

    def _begun(self, job: Job) -> Job:
        self.folder.trial(job.trial.key).begin()
        return job

    def goes_on(self, _job: Job, _epoch: int, _loss: float) -> bool:
        """A trial of the study stops by itself."""
        return True

    def ended(self, job: Job, outcome: Outcome) -> None:
        """Note how a trial ended."""
        key = job.trial.key
        if isinstance(outcome, str):
            self.failed[key] = outcome
            self.progress.note("trial failed", stage=STAGE, trial=key, reason=outcome)
            self.progress.say(f"{job.title}: failed. {outcome}")
        else:
            done = {"epoch": outcome["epochs"], "seconds": outcome["train_seconds"]}
            self.progress.note("trial done", stage=STAGE, trial=key, **done)
            self.progress.say(_line(job, outcome, self.folder.trial(key).history.read_text(encoding="utf-8")))
        self.advance(1)

    def lost(self, job: Job, reason: str) -> None:
        """Say that a trial is tried again."""
        self.progress.note("worker lost", stage=STAGE, trial=job.trial.key, reason=reason)
        self.progress.say(f"{job.title}: the {reason}. The trial is tried again.")


def _say_unknown_engines(finished: Sequence[Trial], folder: StudyFolder, progress: Progress) -> None:
    """Say which trials of an earlier version are kept: it chose engines by their speed, and did not note them."""
    infos = [folder.trial(trial.key).read_info() for trial in finished]
    unknown = [one for one in infos if "engine" not in one and _has_frozen_stages(one)]
    if unknown:
        progress.say(
            f"{counted(len(unknown), 'finished trial')} of {len(finished)} from an earlier version of leafgraft, which "
            "did not note the engine of frozen stages: kept as before. What is trained now may differ from what that "
            "version would have given, in the last digits."
        )


def _has_frozen_stages(info: Mapping[str, Any]) -> bool:
    """Whether the first stage of a finished trial did not learn in some epochs."""
    return any(info["stages"][0] not in phase["learning"] for phase in info["phases"])


def _backbones_first(trials: Sequence[Trial]) -> list[Trial]:
    """Trials in turns over their networks: workers that start together then share no features to wait for."""
    queues: dict[tuple[str, str, str, int], deque[Trial]] = {}
    for trial in trials:
        recipe = trial.recipe
        network = (recipe.backbone.name, str(recipe.backbone.settings), recipe.weights, recipe.image_size)
        queues.setdefault(network, deque()).append(trial)
    turns = []
    while queues:
        turns += [queue.popleft() for queue in queues.values()]
        queues = {key: queue for key, queue in queues.items() if queue}
    return turns


def _line(job: Job, info: dict[str, object], history: str) -> str:
    """What a person wants to know of a finished trial."""
    rows = history.strip().splitlines()
    columns = rows[0].split(",")
    best = dict(zip(columns, rows[1 + int(str(info["best_epoch"]))].split(","), strict=True))
    fold = f", fold {job.trial.fold}" if job.trial.fold else ""
    accuracy = 100 * float(best["validation_accuracy"])
    how = "at its optimum" if job.trial.recipe.solved else f"{counted(int(str(info['epochs'])), 'epoch')}"
    return f"{job.title}{fold}: validation {accuracy:.1f}%, {how}, {info['train_seconds']} s"
