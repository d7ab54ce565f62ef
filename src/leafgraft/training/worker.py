"""A worker process: does the jobs that the driver sends, in a folder of its own, and tells how far it is."""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection as pipes
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

import torch

from leafgraft.errors import LeafgraftError
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.events import Asks, Broke, Ended, Event, Relay, Started
from leafgraft.training.inputs import TrialInputs
from leafgraft.training.jobs import Desk, Job, perform
from leafgraft.training.packing import unpack
from leafgraft.training.processor import prepare_processor


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker works with.

    Attributes:
        inputs: Packed, by the side of their photos.
        threads: Threads of torch: as many as in one process, for sums depend on it.
        variables: Of the environment: the worker's is that of the process that it was forked from.
    """

    inputs: Mapping[int, TrialInputs]
    threads: int
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Errand:
    """A job on its way to a worker.

    Attributes:
        job: To do.
        folder: Where to write; the worker's alone.
        checkpoint: From where to go on, if there is such a file.
    """

    job: Job
    folder: Path
    checkpoint: Path


def run_worker(pipe: Connection[Event, Errand | bool | None], setup: Setup) -> None:
    """Do what comes through the pipe until nothing more does; the main function of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the driver alone decides
    Thread(target=_leave_with_the_driver, daemon=True).start()
    os.environ.update(setup.variables)
    prepare_processor()
    torch.set_num_threads(setup.threads)
    pipe.send(Started())
    opened: dict[int, TrialInputs] = {}
    while isinstance(errand := pipe.recv(), Errand):
        pipe.send(_do(errand, pipe, setup, opened))


def _do(
    errand: Errand, pipe: Connection[Event, Errand | bool | None], setup: Setup, opened: dict[int, TrialInputs]
) -> Ended | Broke:
    """Do an errand, with the photos that were opened before."""
    relay, side = Relay(pipe.send, TrialFolder(errand.folder)), errand.job.side

    def goes_on(epoch: int, loss: float) -> bool:
        pipe.send(Asks(epoch, loss))
        return bool(pipe.recv())

    try:
        if side not in opened:
            opened[side] = unpack(setup.inputs[side], relay)
        errand.folder.mkdir(parents=True)
        if errand.job.kept:
            with suppress(FileNotFoundError):
                shutil.copyfile(errand.checkpoint, relay.folder.checkpoint)
        return Ended(perform(errand.job, Desk(opened[side], relay.folder, relay, goes_on)))
    except LeafgraftError as error:
        return Broke(error)
    except Exception:  # noqa: BLE001 - the driver raises it
        return Broke(traceback.format_exc())


def _leave_with_the_driver() -> None:
    """End this process at once when the driver is gone, however that came."""
    driver = parent_process()
    if driver is not None:
        pipes.wait([driver.sentinel])
        os._exit(1)
