"""Arrays of the cache that are filled while photos are decoded for something else, so that each is decoded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leafgraft.data.decode.pixel_rows import kept_pixels
from leafgraft.data.decode.resize import resize
from leafgraft.data.decode.thumbnails import kept_thumbnails, small_row
from leafgraft.records.progress import Progress
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.cache.kept_rows import KeptRows, OpenRows

Pixels = NDArray[np.uint8]
Make = Callable[[Image.Image, Pixels], Pixels]


@dataclass(frozen=True, slots=True, eq=False)
class KeptPhotos:
    """What is kept of photos when they are decoded.

    Attributes:
        arrays: Each with what makes a row from a decoded photo, of which it may take the image or its pixels.
    """

    arrays: Sequence[tuple[KeptRows, Make]]

    @contextmanager
    def fill(self, count: int, progress: Progress) -> Iterator[Filling]:
        """Open the arrays to be filled photo by photo.

        Args:
            count: Photos that will be put in at most.
            progress: Is told of damage.

        Raises:
            StudyFolderError: The disk is full, or the cache cannot be written.
        """
        with ExitStack() as stack:
            opened = [(stack.enter_context(kept.fill(count, progress)), make) for kept, make in self.arrays]
            rows = [{photo_id: row for row, photo_id in enumerate(kept.names)} for kept, _ in self.arrays]
            yield Filling(opened, rows)

    def hand_over(self, asked: KeptPhotos, progress: Progress) -> None:
        """Give the rows to the arrays that are asked for, where those are of other photos, and delete these."""
        for (kept, _), (other, _) in zip(self.arrays, asked.arrays, strict=True):
            if kept.path != other.path:
                with other.fill(0, progress) as opened:  # the room that its rows take is given back at once
                    opened.copy(np.flatnonzero(opened.sums == 0))
                kept.delete()


@dataclass(frozen=True, slots=True, eq=False)
class Filling:
    """Arrays that are open to be filled.

    Attributes:
        opened: Each with what makes a row from a decoded photo.
        rows: By photo id, of each array.
    """

    opened: Sequence[tuple[OpenRows, Make]]
    rows: Sequence[Mapping[str, int]]

    def keep(self, photo_id: str, upright: Image.Image, photo_hwc: Pixels) -> None:
        """Put a decoded photo where it is not yet; threads may, each with a photo of its own."""
        for (opened, make), row_of in zip(self.opened, self.rows, strict=True):
            if not opened.sums[row_of[photo_id]]:
                opened.put(np.array([row_of[photo_id]]), make(upright, photo_hwc)[None])

    def save(self) -> None:
        """Make what was put count, whatever happens next."""
        for opened, _ in self.opened:
            opened.save()


def kept_photos(photo_ids: Sequence[str], cache: CacheFolder, side: int | None) -> KeptPhotos:
    """The arrays that later steps ask for, in the order in which these do.

    Args:
        photo_ids: In the order of their paths.
        cache: Where they are kept.
        side: Pixels at which photos will be asked for; 0 if small versions are enough, None if nothing is.
    """
    arrays: list[tuple[KeptRows, Make]] = []
    if side is not None:
        arrays.append((kept_thumbnails(photo_ids, cache), lambda upright, _photo_hwc: small_row(upright)))
    if side:
        square = kept_pixels(sorted(photo_ids), side, cache)
        arrays.append((square, lambda _upright, photo_hwc: resize(photo_hwc, side)))
    return KeptPhotos(arrays)
