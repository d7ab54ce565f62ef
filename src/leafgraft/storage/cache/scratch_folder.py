"""A folder for what worker processes write: theirs alone, deleted at the end, however that came."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leafgraft.storage.cache.cache_folder import CacheFolder, cannot_keep
from leafgraft.storage.files.folder_lock import hold, is_held

KIND, LOCK = "workers", ".lock"


@contextmanager
def scratch_folder(cache: CacheFolder) -> Iterator[Path]:
    """Open a new folder in the cache; what processes that died left there is deleted first.

    Raises:
        StudyFolderError: The cache folder cannot be written.
    """
    home = cache.entry(KIND, "")
    for other in home.iterdir():
        if (other / LOCK).is_file() and not is_held(other / LOCK):
            shutil.rmtree(other, ignore_errors=True)
    try:
        folder = Path(tempfile.mkdtemp(dir=home))
    except OSError as error:
        raise cannot_keep(home, error) from error
    try:
        with hold(folder, folder / LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
