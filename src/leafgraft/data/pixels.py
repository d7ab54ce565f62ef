"""Photos decoded once into one uint8 memory map per side, shared by all trials and studies."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.decode import open_photo, to_rgb
from leafgraft.data.resize import resize
from leafgraft.errors import PhotosError
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress
from leafgraft.storage.cache_folder import CacheFolder
from leafgraft.storage.kept_array import keep_array, open_kept

DECODER = "triangle-3"  # part of the name of every map: another way to decode gets other maps


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

    @property
    def identity(self) -> str:
        """Short hash of which photos at which side, decoded how."""
        text = json.dumps([DECODER, self.side, list(self.photo_ids)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


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
    """Open the decoded photos of `manifest`, decoding them first if that was not done before.

    A map in the cache is used only if its checksums agree; else it is made anew, and that is said.
    """
    ids = tuple(sorted(photo.photo_id for photo in manifest.photos))
    empty = PixelMap(ids, side, np.empty((0, side, side, 3), np.uint8))
    path = cache.entry("pixels", f"{empty.identity}-{side}.npy")
    shape = (len(ids), side, side, 3)
    array = open_kept(path, shape, np.uint8, progress)
    if array is None:
        cache.make_room(len(ids) * side * side * 3)
        with keep_array(path, shape, np.uint8) as empty_array:
            _decode_all(manifest, ids, empty_array, progress, jobs)
        array = np.load(path, mmap_mode="r")
    return PixelMap(ids, side, array)


def _decode_all(
    manifest: Manifest, ids: Sequence[str], array: NDArray[np.uint8], progress: Progress, jobs: int
) -> None:
    """Fill `array` with the photos of `ids`."""
    path_of = {photo.photo_id: Path(manifest.root) / photo.path for photo in manifest.photos}
    side = array.shape[1]

    def fill(row: int) -> None:
        content = read_unchanged(path_of[ids[row]], ids[row])
        with open_photo(content) as image:
            array[row] = resize(to_rgb(image), side)

    threads = ThreadPoolExecutor(jobs or os.cpu_count())
    with progress.task(f"Decode photos at {side} px", len(ids)) as advance, threads:
        for _ in threads.map(fill, range(len(ids))):
            advance(1)


def read_unchanged(path: Path, photo_id: str) -> bytes:
    """The bytes of a photo, as they were when it was scanned.

    Raises:
        PhotosError: They are not, or cannot be read.
    """
    try:
        content = path.read_bytes()
        found = "Its bytes are other than when it was scanned."
    except OSError as error:
        content = b""
        found = f"The system said: {error.strerror}."
    if hashlib.sha256(content).hexdigest()[:16] != photo_id:
        raise PhotosError(
            f"'{path}' must not change while a study runs.",
            found,
            "Run the same command again: the photos are scanned anew.",
        )
    return content
