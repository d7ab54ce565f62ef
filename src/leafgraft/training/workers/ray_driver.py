"""Jobs on a Ray cluster: each is a task; the driver hands them out, and alone writes the study folder."""

from __future__ import annotations

import os
import shutil
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import ray
import torch
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from leafgraft.data.decode.pixel_rows import PixelMap
from leafgraft.records.launch import Launch
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.cache.scratch_folder import scratch_folder
from leafgraft.storage.study_folder import StudyFolder, TrialFolder
from leafgraft.training.costs.memory import most_bytes
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.packing import pack
from leafgraft.training.workers.events import Asks, Broke, ProgressReceiver, Saved, Started
from leafgraft.training.workers.jobs import MOST_TRIES, Job, JobQueue
from leafgraft.training.workers.node_check import clear_away
from leafgraft.training.workers.ray_broker import RayBroker
from leafgraft.training.workers.ray_cluster import Needs, check_nodes, connected, on_every_node, room
from leafgraft.training.workers.ray_task import RaySetup, do_task

CHECKPOINT_EVERY_S = 30.0  # each goes over the network


@dataclass(slots=True, eq=False)
class RayTask:
    """A task as the driver sees it.

    Attributes:
        number: Its own.
        job: What it does.
        shown: Its tasks.
    """

    number: int
    job: Job
    shown: ProgressReceiver


@dataclass(slots=True, eq=False)
class RayExecutor:
    """An executor of Ray tasks.

    Attributes:
        most: Tasks at a time; 0 for as many as the cluster has room for.
        needs: What each takes.
        setup: What each works with.
        folder: Folder of the study.
        scratch: Where files of tasks are put before they are moved into the study folder.
        progress: Shows how far they are.
    """

    most: int
    needs: Needs
    setup: RaySetup
    folder: StudyFolder
    scratch: Path
    progress: Progress
    _running: dict[Any, RayTask] = field(default_factory=dict)
    _again: deque[Job] = field(default_factory=deque)
    _lost: Counter[str] = field(default_factory=Counter)
    _tasks: int = 0

    def work(self, queue: JobQueue) -> None:
        """Do all jobs.

        Raises:
            LeafgraftError: What a task met stops the study.
        """
        setup, remote_task = ray.put(self.setup), ray.remote(do_task).options(**self.needs.options(), max_retries=0)
        post = self.setup.post
        messages = post.take.remote()
        while True:
            self._hand_out(queue, setup, remote_task)
            if not self._running:
                break
            ready, _ = ray.wait([messages, *self._running], num_returns=1)
            done = [one for one in ready if one in self._running]
            if done:
                ray.get(post.hurry.remote())  # what a task said before it ended comes first
            self._hear(ray.get(messages), queue)
            messages = post.take.remote()
            for one in done:
                self._end(one, queue)
        ray.get(post.hurry.remote())
        ray.get(messages)

    def _hand_out(self, queue: JobQueue, setup: Any, remote_task: Any) -> None:
        most = self.most or max(1, room(self.needs))
        while len(self._running) < most:
            job = self._again.popleft() if self._again else queue.next()
            if job is None:
                return
            self._tasks += 1
            checkpoint = b""
            if job.kept:
                with suppress(FileNotFoundError):
                    checkpoint = self.folder.trial(job.trial.key).checkpoint.read_bytes()
            reference = remote_task.remote(setup, self._tasks, job, checkpoint)
            self._running[reference] = RayTask(self._tasks, job, ProgressReceiver(self.progress))

    def _hear(self, messages: Sequence[tuple[int, Any, bytes]], queue: JobQueue) -> None:
        running = {task.number: task for task in self._running.values()}
        for number, event, content in messages:
            task = running.get(number)
            if task is None:
                continue  # of a task that was given up
            match event:
                case Saved():
                    part = TrialFolder(self.scratch / f"{number}-checkpoint")
                    part.path.mkdir(exist_ok=True)
                    part.checkpoint.write_bytes(content)
                    self.folder.trial(task.job.trial.key).take_checkpoint(part)
                case Asks(epoch, loss):
                    self.setup.post.answer.remote(number, queue.goes_on(task.job, epoch, loss))
                case Started():
                    pass
                case _:
                    task.shown.show(event)

    def _end(self, reference: Any, queue: JobQueue) -> None:
        """A task has ended, well or not."""
        task = self._running.pop(reference)
        task.shown.close()
        self.setup.post.release.remote(task.number)
        try:
            ended, files = ray.get(reference)
        except ray.exceptions.RayTaskError:
            raise
        except ray.exceptions.RayError as error:
            self._miss(task.job, f"Ray task was lost ({type(error).__name__})", queue)
            return
        if isinstance(ended, Broke):
            ended.throw()
        if files:
            part = TrialFolder(self.scratch / str(task.number))
            part.path.mkdir()
            for name, content in files.items():
                (part.path / name).write_bytes(content)
            self.folder.trial(task.job.trial.key).take(part)
            shutil.rmtree(part.path)
        queue.ended(task.job, ended.outcome)

    def _miss(self, job: Job, reason: str, queue: JobQueue) -> None:
        self._lost[job.trial.key] += 1
        if self._lost[job.trial.key] < MOST_TRIES:
            queue.lost(job, reason)
            self._again.append(job)
        else:
            words = f"A worker must live until the trial has ended. {MOST_TRIES} were lost, the last: {reason}."
            queue.ended(job, f"{words} If memory was full, lower batch_size or image_size, or raise --cpus.")

    def dismiss(self) -> None:
        """End all tasks by force, and clear away what machines kept."""
        for reference, task in self._running.items():
            task.shown.close()
            ray.cancel(reference, force=True)
        if self.setup.shared is None:
            on_every_node(clear_away, self.setup.name)
        ray.kill(self.setup.post)


@contextmanager
def open_cluster(
    launch: Launch, trials: Sequence[Trial], inputs: Mapping[int, TrialInputs], folder: StudyFolder, progress: Progress
) -> Iterator[RayExecutor]:
    """Open an executor on a Ray cluster.

    Raises:
        UsageError: The cluster cannot be reached, its machines differ, or none has room for a trial.
    """
    first = next(iter(inputs.values()))
    cache = first.cache
    needs = Needs.of(launch, first.device, most_bytes(trials, len(first.classes))[0] if trials else 0)
    with connected(launch.address), scratch_folder(cache) as scratch:
        shared = check_nodes(needs, scratch)
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        post = ray.remote(RayBroker).options(num_cpus=0, scheduling_strategy=here).remote(cache.path / "features")
        setup = RaySetup(
            name=scratch.name,
            inputs={side: ray.put(pack(one) if shared else _plain(one)) for side, one in inputs.items()},
            threads=torch.get_num_threads(),
            variables={name: value for name, value in os.environ.items() if name.startswith("LEAFGRAFT_")},
            post=post,
            shared=scratch if shared else None,
            checkpoint_s=CHECKPOINT_EVERY_S,
        )
        executor = RayExecutor(launch.jobs, needs, setup, folder, scratch, progress)
        try:
            yield executor
        finally:
            executor.dismiss()


def _plain(inputs: TrialInputs) -> TrialInputs:
    """The same with its photos as plain arrays: they go into the object store as they are."""

    def plain(pixels: PixelMap) -> PixelMap:
        return replace(pixels, array=np.asarray(pixels.array))

    also_test = {name: (manifest, plain(pixels)) for name, (manifest, pixels) in inputs.also_test.items()}
    return replace(inputs, pixels=plain(inputs.pixels), also_test=also_test)
