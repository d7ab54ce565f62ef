"""Small versions of all photos, kept in the cache: what the search for photos of one leaf and the floors look at."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leafgraft.data.decode.photo import UnreadableError, open_photo, to_rgb
from leafgraft.errors import PhotosError
from leafgraft.records.digest import short_digest
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.cache.kept_array import keep_array, open_kept

GREY_SIDE = 128
COLOUR_SIDE = 64
VERSION = "thumbnails-3"
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnails:
    """Small versions of photos; row i belongs to photo i of the manifest.

    Attributes:
        grey_nhw: uint8, shape (N, 128, 128).
        colour_nhwc: uint8, shape (N, 64, 64, 3).
    """

    grey_nhw: NDArray[np.uint8]
    colour_nhwc: NDArray[np.uint8]


def open_thumbnails(manifest: Manifest, cache: CacheFolder, progress: Progress, jobs: int = 0) -> Thumbnails:
    """Open the small versions of all photos, making them first if that was not done before.

    Raises:
        PhotosError: A photo changed or vanished since it was scanned.
    """
    ids = [photo.photo_id for photo in manifest.photos]
    name = short_digest(json.dumps([VERSION, ids]), 16)
    grey_path = cache.entry("thumbnails", f"{name}-grey.npy")
    colour_path = cache.entry("thumbnails", f"{name}-colour.npy")
    grey_shape = (len(ids), GREY_SIDE, GREY_SIDE)
    colour_shape = (len(ids), COLOUR_SIDE, COLOUR_SIDE, 3)
    grey = open_kept(grey_path, grey_shape, np.uint8, progress)
    colour = open_kept(colour_path, colour_shape, np.uint8, progress)
    if grey is None or colour is None:
        with (
            keep_array(grey_path, grey_shape, np.uint8) as new_grey,
            keep_array(colour_path, colour_shape, np.uint8) as new_colour,
        ):
            _make(manifest, Thumbnails(new_grey, new_colour), progress, jobs)
        grey, colour = np.load(grey_path, mmap_mode="r"), np.load(colour_path, mmap_mode="r")
    return Thumbnails(grey, colour)


def shrink(photo_hwc: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Grey and colour versions of one photo: its central square at 128 and at 64 pixels, as Pillow resizes it."""
    photo = Image.fromarray(photo_hwc)
    side = min(photo.size)
    left, top = (photo.width - side) / 2, (photo.height - side) / 2
    square = photo.resize((GREY_SIDE,) * 2, Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    return np.asarray(square.convert("L")), np.asarray(square.reduce(GREY_SIDE // COLOUR_SIDE))


def _make(manifest: Manifest, empty: Thumbnails, progress: Progress, jobs: int) -> None:
    def fill(row: int) -> None:
        grey, colour = _read_small(Path(manifest.root), manifest.photos[row])
        empty.grey_nhw[row] = grey
        empty.colour_nhwc[row] = colour

    threads = ThreadPoolExecutor(jobs or os.cpu_count())
    with progress.task("Shrink photos", len(manifest.photos)) as advance, threads:
        for _ in threads.map(fill, range(len(manifest.photos))):
            advance(1)


def _read_small(root: Path, photo: Photo) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    try:
        with open_photo((root / photo.path).read_bytes()) as image:
            image.draft(None, (2 * GREY_SIDE, 2 * GREY_SIDE))  # JPEG may decode at a fraction: exact enough here
            return shrink(to_rgb(image))
    except (OSError, UnreadableError) as error:
        raise PhotosError(
            f"'{root / photo.path}' must not change while photos are looked at.",
            f"It could be read when it was scanned, and now it cannot: {error}.",
            "Run the same command again: the photos are scanned anew.",
        ) from error
