"""The activation map of an answer, drawn over its photo, which the drawing names."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from leafgraft.data.decode.photo import UnreadableError, open_photo, photo_id_at, read_photo_file
from leafgraft.errors import UsageError
from leafgraft.web.photos import NamedPhoto, printable

OF_PHOTO = "leafgraft heat map of"  # the text in the PNG that names the photo by its id
SIDE = 512  # pixels of the drawing
STRENGTH = 0.6  # opacity where the evidence is largest
FLAT = 1e-3  # smaller differences, relative to the largest value, are rounding
# Dark violet to yellow (inferno of matplotlib, CC0): lightness alone carries the order, so colour-blind eyes read it.
RAMP = np.array(
    [[0, 0, 4], [40, 11, 84], [101, 21, 110], [159, 42, 99], [212, 72, 66], [245, 125, 21], [250, 193, 39]],
    dtype=np.float64,
)


def draw_heatmap(photo_hwc: NDArray[np.uint8], evidence: NDArray[np.float32], photo_id: str) -> bytes:
    """Draw where the evidence for a class lies.

    Args:
        photo_hwc: Upright RGB, uint8, shape (H, W, 3).
        evidence: float32, shape (rows, columns), over the square centre of the photo; higher is more.
        photo_id: Id of the photo.

    Returns:
        A PNG of the square centre, 512 pixels wide, that names the photo; a map without differences leaves that as it
        is.
    """
    height, width = photo_hwc.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(photo_hwc[top : top + side, left : left + side])
    photo = np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BILINEAR), dtype=np.float64)
    share = _stretch(evidence)
    place = np.linspace(0, 1, len(RAMP))
    colour = np.stack([np.interp(share, place, RAMP[:, channel]) for channel in range(3)], axis=2)
    opacity = STRENGTH * share[:, :, None]
    mixed = np.rint(photo * (1 - opacity) + colour * opacity).astype(np.uint8)
    buffer, named = io.BytesIO(), PngInfo()
    named.add_text(OF_PHOTO, photo_id)
    Image.fromarray(mixed).save(buffer, "PNG", pnginfo=named)
    return buffer.getvalue()


def heatmap_path(folder: Path, photo: NamedPhoto) -> Path:
    """Where the heat map of a photo lies: that of `a.jpg` is `a.jpg.png`."""
    return folder / photo.inside.with_name(photo.inside.name + ".png")


def check_heatmaps(folder: Path, photos: Sequence[NamedPhoto]) -> None:
    """Refuse to draw over anything but an earlier heat map of the same photo.

    Raises:
        UsageError: Something else lies where one would.
    """
    for one in photos:
        target = heatmap_path(folder, one)
        if os.path.lexists(target) and photo_id_at(one.path) not in {"", _photo_of(target)}:
            raise UsageError(
                "--heatmap must name a folder in which no heat map replaces another file.",
                f"'{printable(target)}' is there already; the heat map of '{printable(one.path)}' would replace it.",
                "Name a new folder.",
            )


def _photo_of(path: Path) -> str:
    """Id of the photo whose heat map a file is; empty if it is none."""
    try:
        with open_photo(read_photo_file(path)) as image:
            return str(image.info.get(OF_PHOTO, ""))
    except UnreadableError:
        return ""


def _stretch(evidence: NDArray[np.float32]) -> NDArray[np.float64]:
    low, high = float(evidence.min()), float(evidence.max())
    if not high - low > FLAT * max(abs(low), abs(high)):
        return np.zeros((SIDE, SIDE))
    scaled = Image.fromarray(((evidence - low) / (high - low)).astype(np.float32))
    return np.asarray(scaled.resize((SIDE, SIDE), Image.Resampling.BILINEAR), dtype=np.float64).clip(0, 1)
