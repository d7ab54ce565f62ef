"""Small versions of all photos, kept in the cache: what the search for photos of one leaf and the floors look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leafgraft.data.decode.pixel_rows import decode_all, read_scanned
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.cache.kept_rows import KeptRows

GREY_SIDE = 128
COLOUR_SIDE = 64
GREY_BYTES, COLOUR_BYTES = GREY_SIDE**2, 3 * COLOUR_SIDE**2
VERSION = "thumbnails-5"  # of how they are made: others are made anew
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
    """Open the small versions of all photos, making those that no scan has left in the cache.

    Raises:
        PhotosError: A photo changed or vanished since it was scanned.
        StudyFolderError: The disk is full.
    """
    photos = manifest.photos
    rows = decode_all(
        kept_thumbnails([photo.photo_id for photo in photos], cache),
        lambda row: small_row(Image.fromarray(read_scanned(manifest.root, photos[row]))),
        "Shrink photos",
        progress,
        jobs,
    )
    grey, colour = rows[:, :GREY_BYTES], rows[:, GREY_BYTES:]
    return Thumbnails(grey.reshape(-1, GREY_SIDE, GREY_SIDE), colour.reshape(-1, COLOUR_SIDE, COLOUR_SIDE, 3))


def kept_thumbnails(photo_ids: Sequence[str], cache: CacheFolder) -> KeptRows:
    """Where the small versions of these photos are kept, a row each, as `small_row` gives it."""
    return KeptRows(cache, "thumbnails", VERSION, photo_ids, (GREY_BYTES + COLOUR_BYTES,), np.uint8)


def small_row(photo: Image.Image) -> NDArray[np.uint8]:
    """Grey and colour version of one photo as one row of bytes."""
    return np.concatenate([part.ravel() for part in shrink(photo)])


def shrink(photo: Image.Image) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Grey and colour versions of one photo: its central square at 128 and at 64 pixels, as Pillow resizes it.

    Args:
        photo: Upright, RGB.

    Returns:
        uint8, shapes (128, 128) and (64, 64, 3).
    """
    side = min(photo.size)
    left, top = (photo.width - side) / 2, (photo.height - side) / 2
    square = photo.resize((GREY_SIDE,) * 2, Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    return np.asarray(square.convert("L")), np.asarray(square.reduce(GREY_SIDE // COLOUR_SIDE))
