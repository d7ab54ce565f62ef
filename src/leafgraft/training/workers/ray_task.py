"""A job as a Ray task: done in a folder of its own, whose files go to the driver with how it ended."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import ray
import torch
from numpy.typing import NDArray

from leafgraft.errors import UsageError
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.packing import unpack
from leafgraft.training.processor import prepare_processor
from leafgraft.training.workers.events import Asks, Broke, Ended, Event, Saved
from leafgraft.training.workers.jobs import Job
from leafgraft.training.workers.node_check import own_cache
from leafgraft.training.workers.remote_job import do_remote_job


@dataclass(frozen=True, slots=True)
class RaySetup:
    """What every task of an executor works with.

    Attributes:
        name: Name of the executor, unique among all.
        inputs: Packed, in the object store, by the side of their photos.
        threads: Threads of torch: as many as in one process, for sums depend on it.
        variables: Environment variables of the driver.
        post: The broker.
        shared: A folder in the driver's cache if all machines see it; else nothing, and machines keep their own.
        checkpoint_s: Seconds between checkpoints that go to the driver.
    """

    name: str
    inputs: Mapping[int, Any]
    threads: int
    variables: Mapping[str, str]
    post: Any
    shared: Path | None
    checkpoint_s: float


@dataclass(slots=True, eq=False)
class RayChannel:
    """To the driver, through the broker.

    Attributes:
        setup: Setup of the executor.
        number: Number of the task.
        folder: Where the task writes: a new checkpoint goes along, if the last is old enough.
    """

    setup: RaySetup
    number: int
    folder: TrialFolder
    _saved_s: float = field(default_factory=time.monotonic)

    def send(self, event: Event) -> None:
        """Tell the driver; its messages arrive in order."""
        content = b""
        if isinstance(event, Saved):
            if time.monotonic() - self._saved_s < self.setup.checkpoint_s:
                return
            content, self._saved_s = self.folder.checkpoint.read_bytes(), time.monotonic()
        ray.get(self.setup.post.post.remote(self.number, event, content))

    def ask(self, question: Asks) -> bool:
        """Ask the driver, and wait for its answer."""
        return bool(ray.get(self.setup.post.ask.remote(self.number, question)))


@dataclass(frozen=True, slots=True)
class PeerCache:
    """What other machines of the cluster keep, by way of the broker.

    Attributes:
        post: The broker.
        number: Number of the task.
    """

    post: Any
    number: int

    def claim(self, entry: str, rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.uint32]] | None:
        """What is made of an array."""
        found = ray.get(self.post.claim.remote(self.number, entry, rows))
        return (ray.get(found[0][0]), found[1]) if found else None

    def give(self, entry: str, array: NDArray[Any], sums: NDArray[np.uint32]) -> None:
        """Hand on what was made."""
        ray.get(self.post.give.remote(entry, np.asarray(array), sums))


_opened: dict[tuple[str, int], TrialInputs] = {}  # of this process: opened once for all its tasks


def do_task(setup: RaySetup, number: int, job: Job, checkpoint: bytes) -> tuple[Ended | Broke, dict[str, bytes]]:
    """Do a job; also the files that it wrote, by name."""
    os.environ.update(setup.variables)
    prepare_processor()
    torch.set_num_threads(setup.threads)
    with tempfile.TemporaryDirectory(prefix="leafgraft-") as scratch:
        folder = TrialFolder(Path(scratch))

        def open_inputs(progress: Progress) -> TrialInputs:
            if checkpoint:
                folder.checkpoint.write_bytes(checkpoint)
            inputs = _open(setup, job.side, progress)
            if setup.shared:
                return inputs
            return replace(inputs, cache=replace(inputs.cache, peers=PeerCache(setup.post, number)))

        ended = do_remote_job(job, folder, RayChannel(setup, number, folder), open_inputs)
        if not job.kept or not isinstance(ended, Ended) or isinstance(ended.outcome, str):
            return ended, {}
        return ended, {file.name: file.read_bytes() for file in folder.path.iterdir()}


def _open(setup: RaySetup, side: int, progress: Progress) -> TrialInputs:
    if (setup.name, side) not in _opened:
        packed = ray.get(setup.inputs[side])
        if setup.shared is None:
            _opened[setup.name, side] = replace(packed, cache=CacheFolder(own_cache(setup.name)))
        elif setup.shared.is_dir():
            _opened[setup.name, side] = unpack(packed, progress)
        else:
            raise UsageError(
                f"Every machine of the cluster must see '{setup.shared.parents[1]}': the first ones do.",
                f"{platform.node()} joined later and does not.",
                "Mount the folder there, or name a cache that no other machine sees in $LEAFGRAFT_CACHE.",
            )
    return _opened[setup.name, side]
