"""One writer per folder or file: a lock that names the holder, looked at and changed by one process at a time."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from leafgraft.errors import StudyFolderError
from leafgraft.storage.files.atomic import FULL, cannot_write
from leafgraft.storage.files.file_lock import locked

READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # of Linux


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a folder.

    Attributes:
        pid: Its process.
        host: The machine it runs on.
        started: When it started, in seconds since 1970; tells it from a later process of the same number.
        since_boot: The same by a clock that nobody sets: since which start of the machine, and how long after it. Empty
            where the system does not tell, and in locks of earlier versions.
    """

    pid: int
    host: str
    started: float
    since_boot: str = ""

    @classmethod
    def of(cls, pid: int) -> Holder:
        """A process of this machine.

        Raises:
            psutil.Error: There is none of that number.
        """
        process, since_boot = _look_up(pid)
        return cls(pid, socket.gethostname(), process.create_time(), since_boot)

    def may_live(self) -> bool:
        """Whether it still runs; on another machine it is taken to."""
        if self.host != socket.gethostname():
            return True
        try:
            process, since_boot = _look_up(self.pid)
            if self.since_boot and self.since_boot == since_boot:
                return True  # Linux reckons the next time from the clock, which may have been set since
            return abs(process.create_time() - self.started) < 1.0
        except (psutil.NoSuchProcess, ValueError):
            return False
        except psutil.AccessDenied:
            return True


def _look_up(pid: int) -> tuple[psutil.Process, str]:
    """A process, and when it started by the start of the machine; but on Linux its time of start never changes."""
    try:
        boot = BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return psutil.Process(pid), ""
    boot_s = psutil.boot_time()  # first: before 7.1 psutil reckons the next with what this said last
    process = psutil.Process(pid)
    return process, f"{boot} {process.create_time() - boot_s:.2f}"


@contextmanager
def hold(
    held: Path, lock: Path, *, called: str = "Study folder", user: str = "run", named_by_out: bool = True
) -> Iterator[None]:
    """Hold a folder or file for this process; `lock` is emptied at the end, and that of a dead process counts as empty.

    Args:
        held: What is held.
        lock: The file that names the holder; the folder that it lies in is made.
        called: What errors call `held`.
        user: What errors call a process that holds it.
        named_by_out: Whether ``--out`` of the command names it, so that errors may say to name another.

    Raises:
        StudyFolderError: Another live process holds it (its pid and start time are named), or it cannot be written.
    """
    me = Holder.of(os.getpid())
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        with locked(lock) as descriptor:
            holder = _read(descriptor)
            if holder is None or not holder.may_live():
                _write(descriptor, json.dumps(asdict(me)))
                holder = None
    except OSError as error:
        if error.errno in FULL:
            raise cannot_write(lock, error) from error
        raise StudyFolderError(
            f"{called} '{held}' must be writable.",
            f"The system said: {error.strerror or error}.",
            "Name another with --out, or mend its permissions."
            if named_by_out
            else "Mend its permissions, or copy it to where it can be written.",
        ) from error
    if holder is not None:
        raise _is_taken(f"{called} '{held}' takes one {user} at a time.", holder, lock, named_by_out=named_by_out)
    try:
        yield
    finally:
        with suppress(OSError), locked(lock) as descriptor:  # a folder that is gone by now needs no release
            if _read(descriptor) == me:
                _write(descriptor, "")


def can_be_held(lock: Path) -> bool:
    """Whether `lock` can be written; what lies on a read-only disk, or belongs to others, cannot be held."""
    try:
        with locked(lock):
            return True
    except OSError as error:
        return error.errno not in READ_ONLY


def check_free(held: Path, lock: Path) -> None:
    """Look at who holds a folder that cannot be written, by what its lock says.

    Raises:
        StudyFolderError: A process that may live does.
    """
    try:
        holder = _parse(lock.read_bytes())
    except OSError:
        return
    if holder is not None and holder.may_live():
        raise _is_taken(f"Study folder '{held}' takes one run at a time.", holder, lock, named_by_out=False)


def is_held(lock: Path) -> bool:
    """Whether `lock` names a process that may still run."""
    try:
        return _live_holder(lock) is not None
    except OSError:
        return True  # it cannot be looked at: taken to be held


def holder_of(lock: Path) -> Holder | None:
    """The process that `lock` names, if it may still run; nobody holds what cannot be written to."""
    try:
        return _live_holder(lock) if lock.is_file() else None
    except OSError:
        return None


def _live_holder(lock: Path) -> Holder | None:
    with locked(lock) as descriptor:
        holder = _read(descriptor)
    return holder if holder is not None and holder.may_live() else None


def _read(descriptor: int) -> Holder | None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return _parse(os.read(descriptor, 4096))


def _parse(content: bytes) -> Holder | None:
    try:
        given = json.loads(content)
        since_boot = str(given.get("since_boot", ""))
        return Holder(int(given["pid"]), str(given["host"]), float(given["started"]), since_boot)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None  # empty, or half-written by a process that died: nobody holds it


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, text.encode())
    os.fsync(descriptor)


def _is_taken(asked: str, holder: Holder, lock: Path, *, named_by_out: bool) -> StudyFolderError:
    mend = f"Wait for it. If that process is gone, delete '{lock}'."
    if named_by_out:
        mend = f"Wait for it, or name another with --out. If that process is gone, delete '{lock}'."
    return StudyFolderError(asked, _since(holder), mend)


def _since(holder: Holder) -> str:
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(max(0.0, min(holder.started, 1e11))))
    return f"Process {holder.pid} on {holder.host} has held it since {since}."
