"""Faults that can be planted in drawn photos."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from scipy import ndimage

from leafgraft.errors import UsageError
from leafgraft.records.display import did_you_mean

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Faults:
    """How many photos get each fault (for `background` and `metadata`: which share of all photos, 0 to 1)."""

    duplicates: int = 0
    pixel_duplicates: int = 0
    same_leaf: int = 0
    two_labels: int = 0
    wrong_labels: int = 0
    truncated: int = 0
    not_images: int = 0
    empty: int = 0
    dark: int = 0
    bright: int = 0
    blurred: int = 0
    tiny: int = 0
    odd_shape: int = 0
    grey: int = 0
    sixteen_bit: int = 0
    cmyk: int = 0
    palette: int = 0
    alpha: int = 0
    exif_rotated: int = 0
    background: float = 0.0
    metadata: float = 0.0


SHARES = ("background", "metadata")


def parse_faults(texts: Sequence[str]) -> Faults:
    """Read ``NAME=COUNT`` texts.

    Raises:
        UsageError: An unknown name, or a count that is not one.
    """
    names = [field.name for field in fields(Faults)]
    values: dict[str, float] = {}
    for text in texts:
        name, _, count = text.partition("=")
        if name not in names:
            mend = f"{did_you_mean(name, names)} Known: {', '.join(names)}.".lstrip()
            raise UsageError("A fault must be known.", f"There is none named '{name}'.", mend)
        try:
            value = float(count) if name in SHARES else int(count)
        except ValueError:
            value = -1
        if value < 0 or (name in SHARES and value > 1):
            wanted = "a share from 0 to 1" if name in SHARES else "a whole number of photos"
            raise UsageError(f"Fault '{name}' needs {wanted}.", f"'{text}' gives '{count}'.", f"Write {name}=1.")
        values[name] = value
    return Faults(**values)  # type: ignore[arg-type]


def encode(photo_hwc: Pixels, quality: int = 92, exif: Image.Exif | None = None) -> bytes:
    """Encode as JPEG."""
    buffer = io.BytesIO()
    options = {"exif": exif} if exif is not None else {}
    Image.fromarray(photo_hwc).save(buffer, "JPEG", quality=quality, **options)
    return buffer.getvalue()


def same_pixels(content: bytes) -> bytes:
    """The same JPEG with a comment: other bytes, equal pixels."""
    comment = b"another copy"
    return content[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + content[2:]


def same_leaf(photo_hwc: Pixels, generator: np.random.Generator) -> bytes:
    """Another photo of the same leaf.

    Shift up to 10%, rotation up to 15° or a quarter turn, flip, crop up to 10%, brightness ±20%, JPEG 60 to 95.
    """
    side = len(photo_hwc)
    turns = int(generator.integers(4)) if generator.random() < 0.3 else 0
    angle = 0.0 if turns else np.deg2rad(generator.uniform(-15, 15))
    scale = 1 - generator.uniform(0, 0.1)
    flip = -1.0 if generator.random() < 0.3 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = scale * turn @ np.diag([1.0, flip])
    centre = np.array([side / 2 - 0.5] * 2)
    offset = centre - matrix @ centre + generator.uniform(-0.1, 0.1, 2) * side * scale
    moved = np.stack(
        [
            ndimage.affine_transform(photo_hwc[..., band].astype(float), matrix, offset, order=1, mode="nearest")
            for band in range(3)
        ],
        axis=-1,
    )
    moved = np.rot90(moved, turns) * generator.uniform(0.8, 1.2)
    return encode(np.rint(np.clip(moved, 0, 255)).astype(np.uint8), int(generator.integers(60, 96)))


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _odd_shape(photo: Pixels) -> bytes:
    strip = photo[: max(1, len(photo) // 5)]
    return encode(np.ascontiguousarray(strip))


def _sixteen_bit(photo: Pixels) -> bytes:
    grey = np.asarray(Image.fromarray(photo).convert("L"), dtype=np.uint16) * 257
    return _saved(Image.fromarray(grey), "PNG")


def _alpha(photo: Pixels) -> bytes:
    image = Image.fromarray(photo).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return _saved(image, "PNG")


def _rotated(photo: Pixels) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return encode(np.ascontiguousarray(np.rot90(photo)), exif=exif)


# What is done to the pixels of one photo, and the suffix of the file it becomes.
SPOILED: Mapping[str, tuple[str, Callable[[Pixels], bytes]]] = {
    "truncated": (".jpg", lambda photo: encode(photo)[: len(encode(photo)) // 2]),
    "not_images": (".jpg", lambda _photo: b"These are words, not a photo.\n" * 40),
    "empty": (".jpg", lambda _photo: b""),
    "dark": (".jpg", lambda photo: encode((photo * 0.08).astype(np.uint8))),
    "bright": (".jpg", lambda photo: encode((255 - (255 - photo) * 0.06).astype(np.uint8))),
    "blurred": (".jpg", lambda photo: encode(ndimage.gaussian_filter(photo, (len(photo) / 16, len(photo) / 16, 0)))),
    "tiny": (".jpg", lambda photo: encode(np.ascontiguousarray(photo[:: len(photo) // 16, :: len(photo) // 16]))),
    "odd_shape": (".jpg", _odd_shape),
    "grey": (".jpg", lambda photo: _saved(Image.fromarray(photo).convert("L"), "JPEG", quality=92)),
    "sixteen_bit": (".png", _sixteen_bit),
    "cmyk": (".jpg", lambda photo: _saved(Image.fromarray(photo).convert("CMYK"), "JPEG", quality=92)),
    "palette": (".png", lambda photo: _saved(Image.fromarray(photo).quantize(64), "PNG")),
    "alpha": (".png", _alpha),
    "exif_rotated": (".jpg", _rotated),
}
