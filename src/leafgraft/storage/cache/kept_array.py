"""Large arrays in the cache folder: written whole or not at all, and checked before they are used."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from leafgraft.records.progress import Progress
from leafgraft.storage.files.atomic import ON_WINDOWS, cannot_write, write_json
from leafgraft.storage.predictions import DAMAGED

CHUNK_ROWS = 256


def open_kept(path: Path, shape: tuple[int, ...], dtype: DTypeLike, progress: Progress) -> NDArray[Any] | None:
    """Map a kept array into memory; None if there is none, or if it is damaged (which is said)."""
    sums_path = path.with_suffix(".json")
    if not path.is_file() or not sums_path.is_file():
        return None
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        sums = json.loads(sums_path.read_text(encoding="utf-8"))["crc32"]
        if array.shape == shape and array.dtype == np.dtype(dtype) and _checksums(array) == sums:
            os.utime(path)  # for whoever makes room: the least recently used go first
            return array
    except DAMAGED:
        pass  # said below, and made anew by the caller
    progress.say(f"'{path}' in the cache is damaged; it is made anew.")
    return None


@contextmanager
def keep_array(path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> Iterator[NDArray[Any]]:
    """Yield an array on disk to fill; once the block ends without an error it counts as kept at `path`.

    Raises:
        StudyFolderError: There is no room for it, or its folder cannot be written.
    """
    path.with_suffix(".json").unlink(missing_ok=True)  # without its checksums an array counts as none
    # On Windows what is mapped cannot be renamed, so it is filled where it stays.
    part = path if ON_WINDOWS else path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        array = _reserve(part, shape, dtype)
        yield array
        array.flush()
        if part != path:
            part.replace(path)
        write_json(path.with_suffix(".json"), {"crc32": _checksums(array)})
    finally:
        if part != path:
            part.unlink(missing_ok=True)


def _reserve(part: Path, shape: tuple[int, ...], dtype: DTypeLike) -> np.memmap[Any, Any]:
    """Map a new file whose every byte has its place on the disk: a full disk kills whoever writes to a map of holes."""
    try:
        array = np.lib.format.open_memmap(part, mode="w+", dtype=dtype, shape=shape)
        if hasattr(os, "posix_fallocate"):
            with part.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, part.stat().st_size)
    except OSError as error:
        raise cannot_write(part, error) from error
    return array


def _checksums(array: NDArray[Any]) -> list[int]:
    chunks = (np.ascontiguousarray(array[start : start + CHUNK_ROWS]) for start in range(0, len(array), CHUNK_ROWS))
    return [zlib.crc32(chunk.view(np.uint8).data) for chunk in chunks]
