"""A lock on an open file that other processes wait for, on every system; the system gives it back if a process dies."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

# The byte that is locked on Windows: nobody can read a locked byte, so it is one that no file here has.
BEYOND = 1 << 30
TAKEN = {errno.EDEADLK, errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK}  # by another process
Told = Callable[[], None]
BINARY = getattr(os, "O_BINARY", 0)  # Windows otherwise ends lines with two characters


def _of_this_system(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


fcntl, msvcrt = _of_this_system("fcntl"), _of_this_system("msvcrt")  # one of the two; msvcrt on Windows


@contextmanager
def locked(path: Path, waits: Told = lambda: None) -> Iterator[int]:
    """Open a file, made if it is not there, for this process alone: others that want it wait until the block ends.

    File systems without locks let everyone in; whoever comes then must do with what the file says.

    Args:
        path: The file.
        waits: Called if another process has it, before waiting for that.

    Raises:
        OSError: It cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | BINARY, 0o644)
    try:
        if not _try(descriptor):
            waits()
            _wait(descriptor)
        yield descriptor
    finally:
        if msvcrt is not None:
            with suppress(OSError):  # closing would give it back, but some time later
                os.lseek(descriptor, BEYOND, os.SEEK_SET)
                msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    """Lock it unless another process has it; where there are no locks, nobody has."""
    try:
        if msvcrt is None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            os.lseek(descriptor, BEYOND, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        return error.errno not in TAKEN
    return True


def _wait(descriptor: int) -> None:
    if msvcrt is None:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    while True:
        os.lseek(descriptor, BEYOND, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # gives up after ten seconds
        except OSError as error:
            if error.errno not in TAKEN:
                return
        else:
            return
