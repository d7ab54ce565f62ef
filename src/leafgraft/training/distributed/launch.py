"""One trial over several devices: this process leads, and starts one more for each further device."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any

import torch
from torch import distributed

from leafgraft.errors import TrainingError, UsageError
from leafgraft.records.progress import Progress, Silent
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.packing import pack, unpack
from leafgraft.training.processor import prepare_processor

if TYPE_CHECKING:
    from lightning.fabric import Fabric

Train = Callable[[Trial, TrialInputs, TrialFolder, Progress], object]
LEAVE_S = 30.0
TALKERS = ("lightning.fabric.utilities.distributed", "lightning.pytorch.utilities.rank_zero")
PLACES = ("LOCAL_RANK", "NODE_RANK", "MASTER_ADDR", "MASTER_PORT")


def check_devices(devices: int, device: str) -> None:
    """Refuse more devices for a trial than this machine has.

    Raises:
        UsageError: Saying how many there are.
    """
    there = {"cuda": torch.cuda.device_count(), "mps": 1}.get(device, os.cpu_count() or 1)
    if devices > there:
        raise UsageError(
            f"--devices {devices} must be there.", f"With --device {device} there are {there}.", f"Use at most {there}."
        )


def one_device(inputs: TrialInputs) -> Fabric:
    """Fabric on one device."""
    from lightning.fabric import Fabric  # noqa: PLC0415 - a third of a second that heads on kept features need not spend

    return Fabric(accelerator=inputs.device, devices=1, precision=precision_on(inputs.device))


def precision_on(device: str) -> Any:
    """bfloat16 where a GPU has it in hardware; on a CPU it would end otherwise from machine to machine."""
    native = device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return "bf16-mixed" if native else "32-true"


@contextmanager
def open_fabric(trial: Trial, inputs: TrialInputs, folder: TrialFolder, train: Train) -> Iterator[Fabric]:
    """Fabric on one device, or on all devices of the trial, with a process at work on each.

    Args:
        trial: To be trained.
        inputs: What it is trained on.
        folder: Its folder; the other processes go on from its checkpoint.
        train: What each of the other processes calls to train along.

    Raises:
        TrainingError: A process of the trial is lost.
    """
    if inputs.devices == 1:
        yield one_device(inputs)
        return
    from lightning.fabric import Fabric  # noqa: PLC0415
    from lightning.fabric.plugins.environments.lightning import LightningEnvironment  # noqa: PLC0415
    from lightning.fabric.strategies.ddp import DDPStrategy  # noqa: PLC0415

    with ExitStack() as stack:
        helpers: list[BaseProcess] = []
        if "LOCAL_RANK" not in os.environ:
            helpers = stack.enter_context(_helpers(trial, inputs, folder, train))
        backend = "nccl" if inputs.device == "cuda" else "gloo"
        strategy = DDPStrategy(cluster_environment=LightningEnvironment(), process_group_backend=backend)
        precision = precision_on(inputs.device)
        fabric = Fabric(accelerator=inputs.device, devices=inputs.devices, strategy=strategy, precision=precision)
        for name in TALKERS:
            logging.getLogger(name).setLevel(logging.WARNING)
        threads = torch.get_num_threads()
        fabric.launch()
        torch.set_num_threads(threads)
        try:
            yield fabric
        except RuntimeError as error:
            if not any(helper.exitcode for helper in helpers):
                raise
            raise TrainingError(
                f"A trial over {inputs.devices} devices needs a process on each.",
                f"One was lost: {' '.join(str(error).split())[:200]}.",
                "If memory was full, lower batch_size; else run the same command again.",
            ) from error
        finally:
            distributed.destroy_process_group()


@contextmanager
def _helpers(trial: Trial, inputs: TrialInputs, folder: TrialFolder, train: Train) -> Iterator[list[BaseProcess]]:
    """Start the other processes of a trial; none is left when the block ends."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context, packed = get_context("spawn"), pack(inputs)
    with tempfile.TemporaryDirectory(prefix="leafgraft-") as scratch, _placed(0, port):
        helpers: list[BaseProcess] = []
        for rank in range(1, inputs.devices):
            own = TrialFolder(Path(scratch) / str(rank))
            own.path.mkdir()
            with suppress(FileNotFoundError):
                copyfile(folder.checkpoint, own.checkpoint)
            given = ((rank, port), torch.get_num_threads(), train, trial, packed, own.path)
            helpers.append(context.Process(target=_help, args=given, daemon=True))
            helpers[-1].start()
        try:
            yield helpers
        finally:
            for helper in helpers:
                helper.join(LEAVE_S)
                helper.kill()
                helper.join()


@contextmanager
def _placed(rank: int, port: int) -> Iterator[None]:
    """Say in the environment, where Fabric looks, which process of the trial this is."""
    os.environ.update(dict(zip(PLACES, (str(rank), "0", "127.0.0.1", str(port)), strict=True)))
    try:
        yield
    finally:
        for name in PLACES:
            os.environ.pop(name, None)


def _help(place: tuple[int, int], threads: int, train: Train, trial: Trial, packed: TrialInputs, path: Path) -> None:
    """Train along with the process that leads; the main function of a helper."""
    prepare_processor()
    torch.set_num_threads(threads)
    with _placed(*place), suppress(TrainingError):  # the one that leads meets it too, and says it
        train(trial, unpack(packed, Silent()), TrialFolder(path), Silent())
