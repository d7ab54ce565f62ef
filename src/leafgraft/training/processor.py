"""How this process uses the processor: one thread per physical core, and memory that is kept once it was had."""

from __future__ import annotations

import ctypes
import os
import platform
import sys

import psutil
import torch

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # numbers of glibc's malloc.h
NEVER = 2**31 - 1


def prepare_processor() -> None:
    """Set threads and memory for training; for the whole process, and as often as wanted.

    What the user says in `OMP_NUM_THREADS` or `MALLOC_MMAP_THRESHOLD_` stays.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(physical_cores())
    if sys.platform == "linux" and "MALLOC_MMAP_THRESHOLD_" not in os.environ:
        _keep_memory()


def physical_cores() -> int:
    """Cores that this process may use, not counting a second thread of the same core: it shares the arithmetic."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or allowed, allowed))


def this_machine() -> tuple[str, ...]:
    """What tells this machine, as fast as this process may use it, from another one."""
    return platform.node(), platform.machine(), str(physical_cores()), str(torch.get_num_threads())


def give_back_memory() -> None:
    """Hand freed memory back to the system now; glibc alone keeps it, and other libraries have no such call."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


def _keep_memory() -> None:
    """Keep freed memory instead of handing it back to the system.

    A network asks for the same large maps in every step. By default each comes fresh from the system, which fills it
    with zeros page by page: a third of the time of a training step of mobilenet_v2 (docs/performance.md).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # there is none in other libraries than glibc
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, 2**30)
        mallopt(TRIM_THRESHOLD, NEVER)
