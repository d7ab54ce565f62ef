"""A worker process: does the jobs that the driver sends, in a folder of its own, and tells how far it is."""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import connection as pipes
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

import torch

from leafgraft.errors import LeafgraftError
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.events import Broke, Ended, Event, Relay, Started
from leafgraft.training.inputs import TrialInputs
from leafgraft.training.jobs import Job, perform
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


def run_worker(connection: Connection[Event, Errand | None], setup: Setup) -> None:
    """Do what comes through the connection until nothing more does; the main function of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the driver alone decides
    Thread(target=_leave_with_the_driver, daemon=True).start()
    os.environ.update(setup.variables)
    prepare_processor()
    torch.set_num_threads(setup.threads)
    connection.send(Started())
    desk = Desk(connection, setup)
    while (errand := connection.recv()) is not None:
        connection.send(desk.do(errand))


@dataclass(slots=True, eq=False)
class Desk:
    """Where errands are done, with the photos that were opened before."""

    connection: Connection[Event, Errand | None]
    setup: Setup
    _opened: dict[int, TrialInputs] = field(default_factory=dict)

    def do(self, errand: Errand) -> Ended | Broke:
        """Do an errand."""
        relay = Relay(self.connection.send, TrialFolder(errand.folder))
        side = errand.job.side
        try:
            if side not in self._opened:
                self._opened[side] = unpack(self.setup.inputs[side], relay)
            errand.folder.mkdir(parents=True)
            with suppress(FileNotFoundError):
                shutil.copyfile(errand.checkpoint, relay.folder.checkpoint)
            return Ended(perform(errand.job, self._opened[side], relay.folder, relay))
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
