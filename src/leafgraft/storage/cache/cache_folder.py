"""The cache folder, shared by studies: decoded photos and kept features.

Everything in it can be made anew from the photos. `$LEAFGRAFT_CACHE` names it; the default is the user's cache folder.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.storage.files.atomic import FULL, cannot_write

if TYPE_CHECKING:
    import numpy as np  # commands that read no arrays start without it
    from numpy.typing import NDArray


def named_bytes(variable: str, example_gb: int) -> int | None:
    """Bytes that a variable names in GB; None if it is not set.

    Raises:
        UsageError: It holds no number from 0 up.
    """
    named = os.environ.get(variable)
    if not named:
        return None
    try:
        size = int(float(named) * GIGABYTE)
    except (ValueError, OverflowError):
        size = -1
    if size < 0:
        raise UsageError(f"${variable} must be a number from 0 up.", f"It is '{named}'.", f"Try {example_gb}.")
    return size


def default_cache_path() -> Path:
    """`$LEAFGRAFT_CACHE`, else `$XDG_CACHE_HOME/leafgraft`, else `~/.cache/leafgraft`.

    Raises:
        UsageError: None is named, and the user has no home folder.
    """
    named = os.environ.get("LEAFGRAFT_CACHE")
    return _at_home(named) if named else _at_home(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "leafgraft"


def _at_home(named: str) -> Path:
    if Path(named).parts[:1] != ("~",):  # a folder may be called ~cache
        return Path(named)
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise UsageError(
            "The cache must have a folder.", "This user has no home folder.", "Name one in $LEAFGRAFT_CACHE."
        ) from error


KINDS = ("pixels", "features", "thumbnails", "facts", "engines", "measured")
DEFAULT_LIMIT_GB = 20
GIGABYTE = 10**9
ABANDONED_S = 24 * 3600


def weights_folder_path() -> Path:
    """`$LEAFGRAFT_WEIGHTS`, else ``weights`` in the cache folder.

    Raises:
        UsageError: None is named, and the user has no home folder.
    """
    named = os.environ.get("LEAFGRAFT_WEIGHTS")
    return _at_home(named) if named else default_cache_path() / "weights"


def cannot_keep(folder: Path, error: OSError) -> StudyFolderError:
    """Say in words why nothing can be written to the cache, and what helps."""
    if error.errno in FULL:
        return cannot_write(folder, error)
    return StudyFolderError(
        f"Cache folder '{folder}' must be writable.",
        f"The system said: {error.strerror or error}.",
        "Name another one in $LEAFGRAFT_CACHE, or mend its permissions.",
    )


def delete_array(file: Path) -> None:
    """Delete an array and its checksums; one that cannot be deleted keeps them.

    Raises:
        PermissionError: On Windows, a process has it mapped.
    """
    file.unlink(missing_ok=True)
    file.with_suffix(".json").unlink(missing_ok=True)


class Peers(Protocol):
    """Caches of other machines, which hold the same arrays."""

    def claim(self, entry: str, rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.uint32]] | None:
        """What other machines have of an array, and its checksums (0 for a row that is not made); None if nothing.

        Waits while another machine makes the array. Rows that are lacking are for this one to make.
        """

    def give(self, entry: str, array: NDArray[Any], sums: NDArray[np.uint32]) -> None:
        """Hand on what was made."""


@dataclass(frozen=True, slots=True)
class CacheFolder:
    """Where shared work is kept.

    Attributes:
        path: The folder; created when first written to.
        peers: Asked for rows before they are made.
    """

    path: Path
    peers: Peers | None = field(default=None, compare=False)

    def entry(self, kind: str, name: str) -> Path:
        """Path of one entry, such as ``pixels/3fa9…-224.npy``; its folder is made.

        Raises:
            StudyFolderError: The cache folder cannot be written.
        """
        folder = self.path / kind
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise cannot_keep(self.path, error) from error
        return folder / name

    @property
    def limit_bytes(self) -> int:
        """Most that the folder may hold: `$LEAFGRAFT_CACHE_GB`, else 20 GB.

        Raises:
            UsageError: The variable holds no number from 0 up.
        """
        named = named_bytes("LEAFGRAFT_CACHE_GB", DEFAULT_LIMIT_GB)
        return DEFAULT_LIMIT_GB * GIGABYTE if named is None else named

    def sizes(self) -> dict[str, int]:
        """Bytes by kind of entry."""
        return {kind: sum(status.st_size for status in self._files(kind).values()) for kind in KINDS}

    def size_bytes(self) -> int:
        """Bytes of all entries."""
        return sum(self.sizes().values())

    def empty(self) -> None:
        """Delete every entry; downloaded weights stay."""
        for kind in KINDS:
            shutil.rmtree(self.path / kind, ignore_errors=True)

    def make_room(self, size_bytes: int, keep: Path | None = None) -> int:
        """Delete arrays, the least recently used first, until `size_bytes` more fit; return the bytes deleted.

        `keep` stays whatever its age: it is what room is made for. Arrays that a process has mapped stay readable to
        it. What writers that died left behind goes first.
        """
        files = {
            file: status for kind in ("pixels", "features", "thumbnails") for file, status in self._files(kind).items()
        }
        abandoned = time.time() - ABANDONED_S
        leftovers = [file for file, status in files.items() if file.suffix == ".part" and status.st_mtime < abandoned]
        arrays = sorted(
            (file for file in files if file.suffix == ".npy" and file != keep), key=lambda file: files[file].st_mtime
        )
        free, deleted = self.limit_bytes - self.size_bytes(), 0
        for file in (*leftovers, *arrays):
            if free + deleted >= size_bytes:
                break
            try:
                delete_array(file)
            except PermissionError:  # on Windows, a process has it mapped: the next one goes
                continue
            deleted += files[file].st_size
        return deleted

    def _files(self, kind: str) -> dict[Path, os.stat_result]:
        """Files of one kind and their sizes and times; other processes may delete some at any moment."""
        found = {}
        for file in (self.path / kind).rglob("*"):
            with suppress(FileNotFoundError):
                status = file.stat()
                if stat.S_ISREG(status.st_mode):
                    found[file] = status
        return found
