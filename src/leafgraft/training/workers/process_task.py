"""A worker process: does the jobs that the driver sends, in a folder of its own, and tells how far it is."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection as pipes
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

import torch

from leafgraft.records.progress import Progress
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.packing import unpack
from leafgraft.training.processor import prepare_processor
from leafgraft.training.workers.events import Asks, Broke, Ended, Event, Started
from leafgraft.training.workers.jobs import Job
from leafgraft.training.workers.remote_job import do_remote_job


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker works with.

    Attributes:
        inputs: Packed, by the side of their photos.
        threads: Threads of torch: as many as in one process, for sums depend on it.
        variables: Environment variables: the worker's are those of the process that it was forked from.
    """

    inputs: Mapping[int, TrialInputs]
    threads: int
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProcessTask:
    """A job on its way to a worker.

    Attributes:
        job: What to do.
        folder: Where to write; the worker's alone.
        checkpoint: From where to go on, if there is such a file.
    """

    job: Job
    folder: Path
    checkpoint: Path


@dataclass(frozen=True, slots=True)
class Pipe:
    """To the driver, from a process that it started.

    Attributes:
        end: The worker's end.
    """

    end: Connection[Event, ProcessTask | bool | None]

    def send(self, event: Event) -> None:
        """Tell the driver."""
        with _or_leave():
            self.end.send(event)

    def ask(self, question: Asks) -> bool:
        """Ask the driver, and wait for its answer."""
        self.send(question)
        return bool(self.receive())

    def receive(self) -> ProcessTask | bool | None:
        """Wait for what the driver says next."""
        with _or_leave():
            return self.end.recv()


@contextmanager
def _or_leave() -> Iterator[None]:
    """End this process without a word if the driver is gone."""
    try:
        yield
    except (EOFError, ConnectionError):
        os._exit(1)


def run_worker(end: Connection[Event, ProcessTask | bool | None], setup: Setup) -> None:
    """Do what comes through the pipe until nothing more does; the main function of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the driver alone decides
    Thread(target=_leave_with_the_driver, daemon=True).start()
    os.environ.update(setup.variables)
    prepare_processor()
    torch.set_num_threads(setup.threads)
    pipe, opened = Pipe(end), dict[int, TrialInputs]()
    pipe.send(Started())
    while isinstance(task := pipe.receive(), ProcessTask):
        pipe.send(_do(task, pipe, setup, opened))


def _do(task: ProcessTask, pipe: Pipe, setup: Setup, opened: dict[int, TrialInputs]) -> Ended | Broke:
    """Do a task, with the photos that were opened before."""
    side, folder = task.job.side, TrialFolder(task.folder)

    def open_inputs(progress: Progress) -> TrialInputs:
        task.folder.mkdir(parents=True)
        if task.job.kept:
            with suppress(FileNotFoundError):
                shutil.copyfile(task.checkpoint, folder.checkpoint)
        if side not in opened:
            opened[side] = unpack(setup.inputs[side], progress)
        return opened[side]

    return do_remote_job(task.job, folder, pipe, open_inputs)


def _leave_with_the_driver() -> None:
    """End this process at once when the driver is gone, however that came."""
    driver = parent_process()
    if driver is not None:
        pipes.wait([driver.sentinel])
        os._exit(1)
