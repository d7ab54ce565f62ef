"""One maker per cache entry: whoever comes second waits, then finds the entry made."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: two processes may make an entry twice; both make the same one
    fcntl = None  # type: ignore[assignment]

STRIPES = 256  # lock files per folder; entries that share one only wait for each other


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the entry `path` for this process; others that want it wait. The system frees it if the process dies.

    The lock files are few and stay: deleting one that another process is about to open would give two holders.
    """
    folder = path.parent / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    stripe = int(hashlib.sha256(path.name.encode()).hexdigest(), 16) % STRIPES
    descriptor = os.open(folder / f"{stripe:03}", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if fcntl is not None:
            with suppress(OSError):  # file systems without locks: an entry may be made twice, and is the same
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
