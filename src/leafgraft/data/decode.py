"""From the bytes of a photo to upright RGB pixels: one way for training, export and service."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

MAXIMUM_PIXELS = 200_000_000


class UnreadableError(Exception):
    """A file is not a whole photo; the message says why. Such files are listed, never raised to the user."""


@contextmanager
def open_photo(content: bytes) -> Iterator[Image.Image]:
    """Open the bytes of a photo; only its header is read.

    Raises:
        UnreadableError: Empty, not an image, broken, or larger than 200 million pixels.
    """
    if not content:
        raise UnreadableError("the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd EXIF and of size; both are checked here
            with Image.open(io.BytesIO(content)) as image:
                if image.width * image.height > MAXIMUM_PIXELS:
                    raise UnreadableError(f"{image.width}x{image.height} pixels are more than {MAXIMUM_PIXELS:,}")
                yield image
    except UnidentifiedImageError:
        raise UnreadableError("it is not an image that can be read") from None
    except Image.DecompressionBombError:
        raise UnreadableError(f"it has more than {MAXIMUM_PIXELS:,} pixels") from None
    except (OSError, SyntaxError, ValueError, IndexError, TypeError, EOFError) as error:
        raise UnreadableError(f"it is truncated or damaged: {error}") from error


def to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Decode in full, turn upright by EXIF, and convert to RGB, uint8, shape (H, W, 3).

    Grey and colour at 16 bits are scaled by 255/65535; 32-bit and floating-point grey from its own range;
    transparency is laid over white; of an animation the first frame is taken.
    """
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        return np.repeat(_grey_to_8_bits(image)[:, :, None], 3, axis=2)
    if "transparency" in image.info or image.mode in {"RGBA", "LA", "PA", "RGBa", "La"}:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, layer)
    return np.asarray(image.convert("RGB"), dtype=np.uint8).copy()


def _grey_to_8_bits(image: Image.Image) -> NDArray[np.uint8]:
    grey = np.asarray(image, dtype=np.float64)
    if image.mode.startswith("I;16") or (image.mode == "I" and 255 < grey.max() <= 65535):
        return np.asarray(np.rint(grey * (255 / 65535)), dtype=np.uint8)
    low, high = min(0.0, float(grey.min())), max(255.0, float(grey.max()))
    if image.mode == "F" and grey.max() <= 1.0:
        high = 1.0
    return np.asarray(np.rint(np.clip((grey - low) / (high - low), 0, 1) * 255), dtype=np.uint8)
