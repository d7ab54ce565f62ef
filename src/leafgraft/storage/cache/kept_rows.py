"""Arrays in the cache folder whose rows are made when they are first asked for, each with its own checksum.

A row counts once its checksum is written: whoever is stopped goes on where it was, a damaged row alone is made anew,
and rows that another array of the same kind holds are copied from there.
"""

from __future__ import annotations

import json
import mmap
import os
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from leafgraft.records.digest import short_digest
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.cache_folder import CacheFolder, cannot_keep, delete_array
from leafgraft.storage.cache.entry_lock import WAITING, alone
from leafgraft.storage.files.atomic import write_text
from leafgraft.storage.predictions import DAMAGED

FORMAT = 2  # of the checksums beside each array; arrays of another format are made anew
COPIED_AT_ONCE, SAVE_EVERY_S = 256, 5.0  # rows; what a killed run loses at most
Rows = NDArray[np.int64]
Sums = NDArray[np.uint32]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Work:
    """How rows are made.

    Attributes:
        title: What a person sees.
        make: Gives rows by their numbers.
        batch: Rows at once.
    """

    title: str
    make: Callable[[Rows], Array]
    batch: int = 32


@dataclass(frozen=True, slots=True)
class KeptRows:
    """One array of the cache.

    Attributes:
        cache: Where it is kept.
        kind: Its sub-folder, such as ``features``.
        what: What its rows are, apart from whose: arrays of one `what` share rows.
        names: Whose each row is.
        row_shape: Shape of one row.
        dtype: Type of its numbers.
    """

    cache: CacheFolder
    kind: str
    what: str
    names: Sequence[str]
    row_shape: tuple[int, ...]
    dtype: DTypeLike

    @property
    def path(self) -> Path:
        """Its file; checksums lie beside it, ending in .json."""
        return self.cache.entry(self.kind, f"{short_digest(json.dumps([self.what, *self.names]), 24)}.npy")

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return int(np.prod(self.row_shape)) * np.dtype(self.dtype).itemsize

    def share_missing(self) -> float:
        """Share of the rows that must be made: neither this array nor another of the same `what` holds them."""
        found = {name for other in self.path.parent.glob("*.json") for name in _rows_of(other, self.what)}
        return sum(name not in found for name in self.names) / max(1, len(self.names))

    def read(self, wanted: Rows, work: Work, progress: Progress) -> OpenRows:
        """Map the array into memory, once all `wanted` rows are made.

        Args:
            wanted: Row numbers; other rows may hold anything.
            work: Makes those that are not there, or damaged.
            progress: Shows how far it is.

        Returns:
            An array of shape (N, *row_shape), read-only, with the checksums of now.

        Raises:
            StudyFolderError: The disk is full, or the cache cannot be written.
        """
        path = self.path
        with alone(path):  # of several processes one makes the rows, the others wait for it
            opened = OpenRows(self, path, *_open(self, path, progress))
            missing = opened.missing(wanted)
            if np.any(opened.sums[missing]):
                progress.say(f"'{path}' in the cache is damaged; its damaged rows are made anew.")
            missing = opened.copy(missing)
            if len(missing):
                opened.make(missing, work, progress)
        opened.array.flags.writeable = False
        unload(opened.array)
        return opened

    def delete(self) -> None:
        """Delete the array; whoever has it mapped keeps what it reads."""
        with suppress(PermissionError):  # on Windows it stays while it is mapped
            delete_array(self.path)

    @contextmanager
    def fill(self, count: int, progress: Progress) -> Iterator[OpenRows]:
        """Open the array to whoever makes rows along with other work; they count once they are saved.

        Args:
            count: Rows that will be put in at most.
            progress: Is told of damage, and that another process is waited for.

        Raises:
            StudyFolderError: The disk is full, or the cache cannot be written.
        """
        with alone(self.path, lambda: progress.say(WAITING)):
            opened = OpenRows(self, self.path, *_open(self, self.path, progress))
            self.cache.make_room(count * self.row_bytes, keep=self.path)
            opened.reserve(np.flatnonzero(opened.sums == 0))
            try:
                yield opened
            finally:
                opened.save()


@dataclass(frozen=True, slots=True)
class OpenRows:
    """An array, under its lock while rows are made, and its checksums: 0 for a row that is not made."""

    kept: KeptRows
    path: Path
    array: Array
    sums: Sums

    def missing(self, wanted: Rows) -> Rows:
        """Wanted rows that are not made, or damaged."""
        return _missing(self.array, self.sums, wanted)

    def make(self, missing: Rows, work: Work, progress: Progress) -> None:
        """Make rows, but for those that other machines have."""
        peers = self.kept.cache.peers
        if peers is None:
            self.fill(missing, work, progress)
            return
        if claimed := peers.claim(self.path.name, missing):
            missing = self._put_whole(missing, missing, *(part[missing] for part in claimed))
            self.save()
        if len(missing):
            self.fill(missing, work, progress)
            peers.give(self.path.name, self.array, self.sums)

    def fill(self, missing: Rows, work: Work, progress: Progress) -> None:
        """Make rows; what is made counts even if the work is stopped."""
        self.kept.cache.make_room(len(missing) * self.kept.row_bytes, keep=self.path)
        saved_s = time.monotonic()
        try:
            with progress.task(work.title, len(missing)) as advance:
                for start in range(0, len(missing), work.batch):
                    self.reserve(rows := missing[start : start + work.batch])
                    self.put(rows, work.make(rows))
                    if time.monotonic() - saved_s >= SAVE_EVERY_S:
                        self.save()
                        saved_s = time.monotonic()
                    advance(len(rows))
        finally:
            self.save()

    def copy(self, missing: Rows) -> Rows:
        """Copy rows from other arrays of the same `what`; return those that are still missing."""
        beside = self.path.with_suffix(".json")
        others = [file for file in self.path.parent.glob("*.json") if file != beside] if len(missing) else []
        for other in others:
            found = _rows_of(other, self.kept.what)
            names = {self.kept.names[row]: row for row in missing}
            if not (shared := [name for name in found if name in names]):
                continue
            try:
                array = np.load(other.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
                for start in range(0, len(shared), COPIED_AT_ONCE):
                    some = shared[start : start + COPIED_AT_ONCE]
                    theirs = array[[found[name][0] for name in some]]
                    sums = np.array([found[name][1] for name in some], np.uint32)
                    missing = self._put_whole(missing, np.array([names[name] for name in some]), theirs, sums)
                unload(array)
            except (*DAMAGED, IndexError):
                continue  # a damaged one is no source; whoever needs it will say so
        if others:
            self.save()
        return missing

    def _put_whole(self, missing: Rows, rows: Rows, theirs: Array, sums: Sums) -> Rows:
        """Put in those rows that their checksums agree with; return those that are still missing."""
        whole = _checksums(theirs) == sums
        self.reserve(rows[whole])
        self.put(rows[whole], theirs[whole])
        return np.setdiff1d(missing, rows[whole])

    def put(self, rows: Rows, made: Array) -> None:
        """Put rows in their places, which are reserved; several threads may, as long as their rows are others."""
        made = np.ascontiguousarray(made, dtype=self.array.dtype)
        self.array[rows] = made
        self.sums[rows] = _checksums(made)

    def reserve(self, rows: Rows) -> None:
        """Give every byte of the rows its place on the disk: a full disk kills whoever writes to a map of holes."""
        if not len(rows) or not hasattr(os, "posix_fallocate"):
            return
        row_bytes = self.kept.row_bytes
        runs = np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1)
        try:
            with self.path.open("r+b") as file:
                start = os.fstat(file.fileno()).st_size - len(self.array) * row_bytes
                for run in runs:
                    os.posix_fallocate(file.fileno(), start + int(run[0]) * row_bytes, len(run) * row_bytes)
        except FileNotFoundError:
            return  # another study made room by deleting it; the rows are still of use to this one
        except OSError as error:
            raise cannot_keep(self.path.parent, error) from error

    def save(self) -> None:
        """Write the checksums: what was put in counts."""
        beside = {"format": FORMAT, "what": self.kept.what, "names": [*self.kept.names], "crc32": self.sums.tolist()}
        write_text(self.path.with_suffix(".json"), json.dumps(beside))
        unload(self.array)


def unload(array: Array) -> None:
    """Let the system take the pages of an array on disk out of this process's memory; who reads them gets them back."""
    if isinstance(held := array.base, mmap.mmap) and hasattr(held, "madvise"):
        held.madvise(mmap.MADV_DONTNEED)


def _open(kept: KeptRows, path: Path, progress: Progress) -> tuple[Array, Sums]:
    """An array and its checksums; a new one if there is none that can be used."""
    shape = (len(kept.names), *kept.row_shape)
    if path.is_file() and path.with_suffix(".json").is_file():  # without checksums no row of it counted yet
        found = _usable(kept, path, shape)
        if not isinstance(found, str):
            return found
        progress.say(f"'{path}' in the cache {found}; it is made anew.")
    try:
        delete_array(path)  # whoever has it mapped keeps what it reads; on Windows it cannot be deleted then
        return np.lib.format.open_memmap(path, mode="w+", dtype=kept.dtype, shape=shape), np.zeros(shape[0], np.uint32)
    except OSError as error:
        raise cannot_keep(path.parent, error) from error


def _usable(kept: KeptRows, path: Path, shape: tuple[int, ...]) -> tuple[Array, Sums] | str:
    """An array and its checksums, or why it is of no use: it is no longer mapped then, and can be deleted."""
    with suppress(*DAMAGED, OverflowError):
        array: Array = np.lib.format.open_memmap(path, mode="r+")
        beside = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        sums = np.array(beside["crc32"], dtype=np.uint32)
        if beside["format"] != FORMAT:
            return "is of another version"
        if array.shape == shape and array.dtype == kept.dtype and sums.shape == shape[:1]:
            os.utime(path)  # for whoever makes room: the least recently used go first
            return array, sums
    return "is damaged"


def _missing(array: Array, sums: Sums, wanted: Rows) -> Rows:
    there = wanted[sums[wanted] != 0]
    whole = [row for row in there if _checksum(array[row]) == sums[row]]
    return np.setdiff1d(wanted, np.array(whole, dtype=np.int64))


def _rows_of(beside: Path, what: str) -> dict[str, tuple[int, int]]:
    """Row and checksum by name, of an array of the same `what`."""
    try:
        other = json.loads(beside.read_text(encoding="utf-8"))
        if other["format"] != FORMAT or other["what"] != what:
            return {}
        pairs = enumerate(zip(other["names"], other["crc32"], strict=True))
        return {name: (row, crc32) for row, (name, crc32) in pairs if crc32}
    except DAMAGED:
        return {}


def _checksums(rows: Array) -> Sums:
    return np.array([_checksum(row) for row in rows], dtype=np.uint32)


def _checksum(row: Array) -> int:
    """Never 0, which stands for a row that is not made."""
    return zlib.crc32(np.ascontiguousarray(row).data) or 1
