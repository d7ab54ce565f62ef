"""Photos decoded once into one uint8 memory map per side, shared by all trials and studies."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.decode.photo import UnreadableError, open_photo, to_rgb
from leafgraft.data.decode.resize import resize
from leafgraft.errors import PhotosError
from leafgraft.records.digest import photo_id_of
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.cache.kept_rows import KeptRows, Work, unload

DECODED_AT_ONCE = 128
TIMED_PHOTOS = 16
DECODER = "triangle-5"  # part of the name of all that is kept of pixels: another way to decode gets other rows


@dataclass(frozen=True, slots=True, eq=False)
class PixelMap:
    """Decoded photos.

    Attributes:
        photo_ids: In the order of the rows.
        side: Pixels.
        array: uint8, shape (N, side, side, 3).
    """

    photo_ids: tuple[str, ...]
    side: int
    array: NDArray[np.uint8]

    def indices(self, photo_ids: Sequence[str]) -> NDArray[np.int64]:
        """Rows of `photo_ids`."""
        row_of = {photo_id: row for row, photo_id in enumerate(self.photo_ids)}
        return np.array([row_of[photo_id] for photo_id in photo_ids], dtype=np.int64)

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Copies of some rows; where the map lies on disk, its pages do not add up to the memory of the process."""
        taken = self.array[rows]
        unload(self.array)
        return taken


def read_photo(path: Path) -> NDArray[np.uint8]:
    """Read a photo as upright RGB, uint8, shape (H, W, 3).

    Raises:
        UnreadableError: It is not a whole photo.
    """
    with open_photo(path.read_bytes()) as image:
        return to_rgb(image)


def decode(path: Path, side: int) -> NDArray[np.uint8]:
    """Read a photo and resize it: uint8, shape (side, side, 3)."""
    return resize(read_photo(path), side)


def open_pixel_map(manifest: Manifest, side: int, cache: CacheFolder, progress: Progress, jobs: int = 0) -> PixelMap:
    """Open the decoded photos of `manifest`, decoding those that no map in the cache holds.

    A row is used only if its checksum agrees; else it is made anew, and that is said. A decoding that was stopped goes
    on where it was.

    Raises:
        PhotosError: A photo is not what it was when it was scanned.
        StudyFolderError: The disk is full.
    """
    photos = sorted(manifest.photos, key=lambda photo: photo.photo_id)
    ids = tuple(photo.photo_id for photo in photos)
    rows = decode_all(
        kept_pixels(ids, side, cache),
        lambda row: resize(read_scanned(manifest.root, photos[row]), side),
        f"Decode photos at {side} px",
        progress,
        jobs,
    )
    return PixelMap(ids, side, rows)


def decode_all(
    kept: KeptRows, read: Callable[[int], NDArray[np.uint8]], title: str, progress: Progress, jobs: int = 0
) -> NDArray[np.uint8]:
    """All rows of an array of decoded photos; those that are not kept yet are read.

    Args:
        kept: Where they are kept.
        read: Gives a row by its number; threads call it, each for a row of its own.
        title: What a person sees.
        progress: Shows how far it is.
        jobs: Threads; 0 takes every core.
    """
    with ThreadPoolExecutor(jobs or os.cpu_count()) as threads:
        work = Work(title, lambda rows: np.stack(list(threads.map(read, rows))), DECODED_AT_ONCE)
        return kept.read(np.arange(len(kept.names)), work, progress).array


def kept_pixels(ids: Sequence[str], side: int, cache: CacheFolder) -> KeptRows:
    """Where these photos at this side are kept, in this order."""
    return KeptRows(cache, "pixels", f"{DECODER} at {side} px", ids, (side, side, 3), np.uint8)


def decode_seconds(manifest: Manifest, side: int, cache: CacheFolder, jobs: int = 0) -> float:
    """Seconds to decode those photos that the cache does not hold, from a few of all: their size decides it.

    Raises:
        PhotosError: A photo is not what it was when it was scanned.
    """
    ids = sorted(photo.photo_id for photo in manifest.photos)
    missing = kept_pixels(ids, side, cache).share_missing()
    if not missing:
        return 0.0
    photos = manifest.photos[:: max(1, len(manifest.photos) // TIMED_PHOTOS)][:TIMED_PHOTOS]

    with ThreadPoolExecutor(jobs or os.cpu_count()) as threads:
        started_s = time.perf_counter()
        list(threads.map(lambda photo: resize(read_scanned(manifest.root, photo), side), photos))
    return (time.perf_counter() - started_s) / len(photos) * len(ids) * missing


def read_scanned(root: str, photo: Photo) -> NDArray[np.uint8]:
    """Read a photo, as it was when it was scanned, as upright RGB, uint8, shape (H, W, 3).

    Raises:
        PhotosError: It is not what it was, or cannot be read.
    """
    path = Path(root) / photo.path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _changed(path, f"The system said: {error.strerror}.") from error
    check_unchanged(path, content, photo.photo_id)
    try:
        with open_photo(content) as image:
            return to_rgb(image)
    except UnreadableError as error:  # it was read where the cache was filled, and what reads it is not installed here
        mend = error.mend or "replace it with a whole photo"
        raise PhotosError(
            f"'{path}' must be a photo that can be read here, as it was when it was scanned.",
            f"It cannot be read: {error.reason}.",
            f"{mend[0].upper()}{mend[1:]}.",
        ) from error


def check_unchanged(path: Path, content: bytes, photo_id: str) -> None:
    """Refuse bytes of a photo that are not those by which it was identified.

    Raises:
        PhotosError: They are others.
    """
    if photo_id_of(content) != photo_id:
        raise _changed(path, "Its bytes are other than when it was scanned.")


def _changed(path: Path, found: str) -> PhotosError:
    return PhotosError(
        f"'{path}' must not change while a study runs.",
        found,
        "Run the same command again: the photos are scanned anew.",
    )
