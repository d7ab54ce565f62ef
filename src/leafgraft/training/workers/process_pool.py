"""Jobs in several processes of this machine: the driver hands them out, and alone writes the study folder."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection as pipes
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from leafgraft.errors import UsageError
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.scratch_folder import scratch_folder
from leafgraft.storage.study_folder import StudyFolder, TrialFolder
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.packing import pack
from leafgraft.training.workers.events import Asks, Broke, Ended, Event, ProgressReceiver, Saved, Started
from leafgraft.training.workers.jobs import MOST_TRIES, Job, JobQueue
from leafgraft.training.workers.process_task import ProcessTask, Setup, run_worker

LEAVE_S = 5.0


@dataclass(slots=True, eq=False)
class Worker:
    """A worker process as the driver sees it.

    Attributes:
        process: The process.
        connection: To it.
        shown: Its tasks.
        slot: Its number among the workers there are, which decides the GPUs that it sees; free again when it is gone.
        task: What it is about; None while it waits.
        started: Whether it has run.
    """

    process: BaseProcess
    connection: Connection[ProcessTask | bool | None, Event]
    shown: ProgressReceiver
    slot: int
    task: ProcessTask | None = None
    started: bool = False

    @property
    def end(self) -> str:
        """How its process ended."""
        code = self.process.exitcode or 0
        how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"
        return f"worker process {self.process.pid} {how}"


@dataclass(slots=True, eq=False)
class Workers:
    """An executor of processes.

    Attributes:
        count: How many at most; they start when there is work for them.
        inputs: What jobs work on, by the side of their photos.
        folder: Folder of the study.
        scratch: Where the workers write.
        progress: Shows how far they are.
    """

    count: int
    inputs: Mapping[int, TrialInputs]
    folder: StudyFolder
    scratch: Path
    progress: Progress
    _team: list[Worker] = field(default_factory=list)
    _again: deque[Job] = field(default_factory=deque)
    _lost: Counter[str] = field(default_factory=Counter)
    _tasks: int = 0

    def work(self, queue: JobQueue) -> None:
        """Do all jobs.

        Raises:
            LeafgraftError: What a worker met stops the study, or workers cannot start.
        """
        while True:
            self._hand_out(queue)
            busy = {worker.connection: worker for worker in self._team if worker.task}
            if not busy:
                return
            ready = pipes.wait(list(busy))
            for connection, worker in busy.items():
                if connection in ready:
                    self._hear(worker, queue)

    def _hand_out(self, queue: JobQueue) -> None:
        """Give jobs to workers that wait, and to new ones."""
        waiting = [worker for worker in self._team if worker.task is None]
        while waiting or len(self._team) < self.count:
            job = self._again.popleft() if self._again else queue.next()
            if job is None:
                return
            worker = waiting.pop() if waiting else self._start()
            self._tasks += 1
            checkpoint = self.folder.trial(job.trial.key).checkpoint
            worker.task = ProcessTask(job, self.scratch / str(self._tasks), checkpoint)
            with suppress(OSError):  # it is gone: its end is heard next
                worker.connection.send(worker.task)

    def _start(self) -> Worker:
        context = get_context("forkserver" if sys.platform == "linux" else "spawn")
        context.set_forkserver_preload([run_worker.__module__])  # torch is imported once, not by every worker
        ours, theirs = context.Pipe()
        packed = {side: pack(one) for side, one in self.inputs.items()}
        variables = {name: value for name, value in os.environ.items() if name.startswith("LEAFGRAFT_")}
        slot = min(set(range(self.count)) - {worker.slot for worker in self._team})
        setup = Setup(packed, torch.get_num_threads(), variables | self._gpu(slot))
        with _waiting_threads_sleep(), deaf_to_ctrl_c():
            process = context.Process(target=run_worker, args=(theirs, setup))  # type: ignore[attr-defined]
            process.start()
        theirs.close()
        worker = Worker(process, ours, ProgressReceiver(self.progress), slot)
        self._team.append(worker)
        return worker

    def _gpu(self, slot: int) -> dict[str, str]:
        """The variable that shows a worker its GPUs, as many as a trial is spread over: workers take turns."""
        inputs = next(iter(self.inputs.values()))
        if inputs.device != "cuda":
            return {}
        named = os.environ.get("CUDA_VISIBLE_DEVICES", "")
        gpus = named.split(",") if named else [str(number) for number in range(torch.cuda.device_count())]
        first = slot * inputs.devices
        shown = [gpus[(first + number) % len(gpus)] for number in range(inputs.devices)]
        return {"CUDA_VISIBLE_DEVICES": ",".join(shown)}

    def _hear(self, worker: Worker, queue: JobQueue) -> None:
        try:
            event = worker.connection.recv()
        except (EOFError, OSError):
            self._miss(worker, queue)
            return
        task = worker.task
        if task is None:
            return
        source, target = TrialFolder(task.folder), self.folder.trial(task.job.trial.key)
        match event:
            case Started():
                worker.started = True
            case Saved():
                target.take_checkpoint(source)
            case Asks(epoch, loss):
                with suppress(OSError):
                    worker.connection.send(queue.goes_on(task.job, epoch, loss))
            case Ended(outcome):
                if isinstance(outcome, dict) and task.job.kept:
                    target.take(source)
                shutil.rmtree(task.folder)
                worker.task = None
                queue.ended(task.job, outcome)
            case Broke():
                event.throw()
            case _:
                worker.shown.show(event)

    def _miss(self, worker: Worker, queue: JobQueue) -> None:
        """A worker is gone: its job is done again, from the last checkpoint that the driver has."""
        worker.process.join()
        worker.shown.close()
        self._team.remove(worker)
        if worker.task is None:
            return
        if not worker.started:
            raise UsageError(
                "Worker processes must start.",
                f"The {worker.end} before it began.",
                "In a script of your own, call leafgraft below \"if __name__ == '__main__':\"; or leave --jobs out.",
            )
        job = worker.task.job
        shutil.rmtree(worker.task.folder, ignore_errors=True)
        self._lost[job.trial.key] += 1
        if self._lost[job.trial.key] < MOST_TRIES:
            queue.lost(job, worker.end)
            self._again.append(job)
        else:
            queue.ended(
                job,
                f"A worker must live until the trial has ended. {MOST_TRIES} were lost, the last: {worker.end}. If the "
                "memory was full, lower --jobs, batch_size or image_size.",
            )

    def dismiss(self) -> None:
        """End all workers: those that wait by themselves, the others by force."""
        for worker in self._team:
            worker.shown.close()
            if worker.task is None:
                with suppress(OSError):
                    worker.connection.send(None)
            else:
                worker.process.terminate()
        for worker in self._team:
            worker.process.join(LEAVE_S)
            worker.process.kill()
            worker.process.join()
            worker.connection.close()


@contextmanager
def _waiting_threads_sleep() -> Iterator[None]:
    """Processes that start here do not let threads spin while they wait: they would take the others' cores."""
    before = os.environ.get("OMP_WAIT_POLICY")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_WAIT_POLICY"]


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """Processes that start here never hear Ctrl-C, not even while they load: the driver alone decides."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # starting it later would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def open_workers(
    count: int, inputs: Mapping[int, TrialInputs], folder: StudyFolder, progress: Progress
) -> Iterator[Workers]:
    """Open an executor of at most `count` processes; none is left when the block ends."""
    with scratch_folder(next(iter(inputs.values())).cache) as scratch:
        executor = Workers(count, inputs, folder, scratch, progress)
        try:
            yield executor
        finally:
            executor.dismiss()
