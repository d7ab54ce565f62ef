"""One maker per cache entry: whoever comes second waits, then finds the entry made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from leafgraft.storage.cache.cache_folder import cannot_keep
from leafgraft.storage.files.file_lock import Told, locked

WAITING = "Another process makes what is needed here; this one goes on once that is done."
STRIPES = 256  # lock files per folder; entries that share one only wait for each other


@contextmanager
def alone(path: Path, waits: Told = lambda: None) -> Iterator[None]:
    """Hold the entry `path` for this process; others that want it wait. The system frees it if the process dies.

    The lock files are few and stay: deleting one that another process is about to open would give two holders.
    `waits` is called before waiting.

    Raises:
        StudyFolderError: The cache cannot be written.
    """
    folder = path.parent / ".locks"
    stripe = int(hashlib.sha256(path.name.encode()).hexdigest(), 16) % STRIPES
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # file systems without locks: an entry may be made twice, and is the same
            held.enter_context(locked(folder / f"{stripe:03}", waits))
        except OSError as error:
            raise cannot_keep(path.parent, error) from error
        yield
