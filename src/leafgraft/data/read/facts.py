"""What is measured of each photo when it is first read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from leafgraft.data.decode.exif import read_orientation, read_text
from leafgraft.data.decode.jpeg_end import missing_share
from leafgraft.data.decode.photo import open_photo, upright_rgb
from leafgraft.records.digest import short_digest

FACTS_VERSION = 9
GREY_SIDE = 256
# The luminance table of the JPEG standard (Annex K), whose sum tells the quality that scaled it.
STANDARD_LUMINANCE_SUM = 3674


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Measurements of one photo.

    Attributes:
        photo_id: First 16 hexadecimal digits of the SHA-256 of the file's bytes.
        width: In pixels, after EXIF rotation.
        height: In pixels, after EXIF rotation.
        file_bytes: Size of the file.
        mode: Pillow mode of the file: RGB, L, P, CMYK, RGBA, I;16, ...
        bit_depth: Bits per channel.
        frames: Number of frames; 1 unless animated.
        exif_orientation: 1 (upright) to 8.
        camera: Make and model from EXIF, or empty.
        taken: Date from EXIF as text, or empty.
        jpeg_quality: Estimated from the quantisation tables (below 25 too high: they saturate); 0 if not JPEG.
        brightness: Mean grey level, 0 to 255.
        contrast: Standard deviation of the grey level.
        blur: Variance of the Laplacian of the grey photo at no more than 256 pixels; small is blurred.
        pixel_hash: First 16 hexadecimal digits of the SHA-256 of the decoded upright RGB pixels and their shape.
        missing: Share of the rows that the file does not hold though it ends as a whole one does; 0 if whole.
        border: RGB of 8 border pixels (corners and middles of edges), 24 numbers.
        colour: Mean, then standard deviation, of red, green and blue.
    """

    photo_id: str
    width: int
    height: int
    file_bytes: int
    mode: str
    bit_depth: int
    frames: int
    exif_orientation: int
    camera: str
    taken: str
    jpeg_quality: int
    brightness: float
    contrast: float
    blur: float
    pixel_hash: str
    missing: float
    border: tuple[int, ...]
    colour: tuple[float, ...]


def measure(
    content: bytes,
    photo_id: str,
    also: Callable[[Image.Image, NDArray[np.uint8]], None] = lambda _upright, _photo_hwc: None,
) -> PhotoFacts:
    """Decode a photo in full and measure it.

    Args:
        content: Bytes of the file.
        photo_id: Of the photo.
        also: Given the decoded photo, as Pillow's image and as uint8, shape (H, W, 3): what else needs it.

    Raises:
        UnreadableError: It is not a whole photo.
    """
    with open_photo(content) as image:
        bit_depth = _bit_depth(image)
        upright = upright_rgb(image)
        photo_hwc = np.asarray(upright)
        height, width = photo_hwc.shape[:2]
        grey = _small(upright.convert("L"))
        facts = PhotoFacts(
            photo_id=photo_id,
            width=width,
            height=height,
            file_bytes=len(content),
            mode=image.mode,
            bit_depth=bit_depth,
            frames=int(getattr(image, "n_frames", 1)),
            exif_orientation=read_orientation(image),
            camera=f"{read_text(image, ExifTags.Base.Make)} {read_text(image, ExifTags.Base.Model)}".strip(),
            taken=read_text(image, ExifTags.Base.DateTimeOriginal, ExifTags.IFD.Exif)
            or read_text(image, ExifTags.Base.DateTime),
            jpeg_quality=_jpeg_quality(image),
            brightness=float(grey.mean()),
            contrast=float(grey.std()),
            blur=_laplacian_variance(grey),
            pixel_hash=short_digest(b"".join((f"{height}x{width}".encode(), photo_hwc.data)), 16),
            missing=missing_share(content, image, _decode) if image.format in {"JPEG", "MPO"} else 0.0,
            border=_border(photo_hwc),
            colour=_colour(upright),
        )
    also(upright, photo_hwc)
    return facts


def _decode(content: bytes) -> Image.Image:
    with open_photo(content) as image:
        image.load()
        return image


def _bit_depth(image: Image.Image) -> int:
    """Of the file, not of what Pillow makes of it: colour at 16 bits opens as 8."""
    raw = [tile[3] for tile in getattr(image, "tile", ())]
    if image.format == "PPM" and any(isinstance(one, tuple) and one[-1] > 255 for one in raw):  # the largest value
        return 16
    if image.mode in {"1", "F", "I"}:
        return {"1": 1, "F": 32, "I": 32}[image.mode]
    return 16 if image.mode.startswith("I;16") or any(";16" in str(one) for one in raw) else 8


def _small(grey: Image.Image) -> NDArray[np.float32]:
    """Grey levels at a shorter side of at most 256 pixels."""
    shrink = min(grey.size) / GREY_SIDE
    if shrink > 1:
        grey = grey.resize((round(grey.width / shrink), round(grey.height / shrink)), Image.Resampling.BOX)
    return np.asarray(grey, dtype=np.float32)


def _colour(photo: Image.Image) -> tuple[float, ...]:
    counts = np.array(photo.histogram(), dtype=np.float64).reshape(3, 256)
    levels = np.arange(256)
    means = counts @ levels / counts.sum(axis=1)
    deviations = np.sqrt((counts * (levels - means[:, None]) ** 2).sum(axis=1) / counts.sum(axis=1))
    return tuple(round(float(value), 3) for value in (*means, *deviations))


def _laplacian_variance(grey: NDArray[np.float32]) -> float:
    if min(grey.shape) < 3:
        return 0.0
    middle = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle
    return float(laplacian.var())


def _border(photo_hwc: NDArray[np.uint8]) -> tuple[int, ...]:
    rows, columns = photo_hwc.shape[0] - 1, photo_hwc.shape[1] - 1
    places = [(0, 0), (0, columns), (rows, 0), (rows, columns)]
    places += [(0, columns // 2), (rows, columns // 2), (rows // 2, 0), (rows // 2, columns)]
    return tuple(int(value) for row, column in places for value in photo_hwc[row, column])


def _jpeg_quality(image: Image.Image) -> int:
    """Invert the scaling of the standard tables by the Independent JPEG Group's library."""
    tables = getattr(image, "quantization", None)
    if not tables:
        return 0
    scale = 100.0 * sum(tables[min(tables)]) / STANDARD_LUMINANCE_SUM
    quality = (200.0 - scale) / 2 if scale <= 100 else 5000.0 / scale
    return int(np.clip(round(quality), 1, 100))
