"""What can be wrong with a photo taken in a field, at five strengths each."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from leafgraft.data.decode.resize import resize

Photos = NDArray[np.uint8]
Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Corruption:
    """One thing that can be wrong with a photo.

    Attributes:
        name: Such as ``blur``.
        unit: What a strength means.
        strengths: Five, mildest first.
        apply: Photos (uint8, shape (N, S, S, 3)), a strength and a key per photo to disturbed photos.
    """

    name: str
    unit: str
    strengths: tuple[float, ...]
    apply: Callable[[Photos, float, Keys], Photos]


def blur(photos_nhwc: Photos, strength: float, keys_n: Keys) -> Photos:
    """Gaussian blur; the standard deviation is a share of the side."""
    del keys_n
    width_px = strength * photos_nhwc.shape[1]
    return _rounded(gaussian_filter(photos_nhwc.astype(np.float32), (0, width_px, width_px, 0), mode="nearest"))


def noise(photos_nhwc: Photos, strength: float, keys_n: Keys) -> Photos:
    """Gaussian noise of each pixel and colour by itself."""
    drawn = [_generator(key).normal(0, strength, photos_nhwc.shape[1:]) for key in keys_n]
    return _rounded(photos_nhwc + np.stack(drawn))


def compression(photos_nhwc: Photos, strength: float, keys_n: Keys) -> Photos:
    """Saved as JPEG and read again."""
    del keys_n
    return np.stack([_through_jpeg(photo, int(strength)) for photo in photos_nhwc])


def _through_jpeg(photo_hwc: Photos, quality: int) -> Photos:
    buffer = io.BytesIO()
    Image.fromarray(photo_hwc).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def light(photos_nhwc: Photos, strength: float, keys_n: Keys) -> Photos:
    """Half the photos brighter, half darker, by as many photographic stops."""
    stops = np.where(_uniform(keys_n) < 0.5, -strength, strength)
    return _rounded(photos_nhwc * (2.0**stops)[:, None, None, None])


def contrast(photos_nhwc: Photos, strength: float, keys_n: Keys) -> Photos:
    """Drawn towards the photo's own mean: mist, or a dirty lens."""
    del keys_n
    mean = photos_nhwc.mean(axis=(1, 2, 3), keepdims=True)
    return _rounded(mean + (photos_nhwc - mean) * (1 - strength))


def shadow(photos_nhwc: Photos, strength: float, keys_n: Keys) -> Photos:
    """One side of a line through the middle part of the photo is darker."""
    side = photos_nhwc.shape[1]
    axis = (np.arange(side) + 0.5) / side - 0.5
    angle, offset = 2 * np.pi * _uniform(keys_n), 0.3 * (_uniform(keys_n, 1) - 0.5)
    distance = (
        np.cos(angle)[:, None, None] * axis[None, :, None]
        + np.sin(angle)[:, None, None] * axis[None, None, :]
        - offset[:, None, None]
    )
    shade = 1 - strength / (1 + np.exp(-distance * 40))  # the edge is a few pixels soft
    return _rounded(photos_nhwc * shade[..., None])


def crop(photos_nhwc: Photos, strength: float, keys_n: Keys) -> Photos:
    """Only a part of the photo, at a drawn place: the camera was too near or off the leaf."""
    side = photos_nhwc.shape[1]
    part_px = max(1, round((1 - strength) * side))
    tops = np.floor(_uniform(keys_n) * (side - part_px + 1)).astype(int)
    lefts = np.floor(_uniform(keys_n, 1) * (side - part_px + 1)).astype(int)
    parts = [
        photo[top : top + part_px, left : left + part_px]
        for photo, top, left in zip(photos_nhwc, tops, lefts, strict=True)
    ]
    return np.stack([resize(part, side) for part in parts])


CORRUPTIONS = (
    Corruption("blur", "standard deviation, share of the side", (0.004, 0.008, 0.014, 0.02, 0.03), blur),
    Corruption("noise", "standard deviation, grey levels", (5.0, 10.0, 20.0, 35.0, 50.0), noise),
    Corruption("jpeg", "JPEG quality", (70.0, 50.0, 30.0, 15.0, 8.0), compression),
    Corruption("brightness", "stops brighter or darker", (0.3, 0.6, 0.9, 1.2, 1.5), light),
    Corruption("contrast", "share of the contrast lost", (0.2, 0.4, 0.55, 0.7, 0.8), contrast),
    Corruption("shadow", "share of the light lost on one side", (0.2, 0.35, 0.5, 0.65, 0.8), shadow),
    Corruption("crop", "share of the side cut away", (0.1, 0.2, 0.3, 0.4, 0.5), crop),
)


def _generator(key: int, purpose: int = 0) -> np.random.Generator:
    return np.random.default_rng([purpose, int(key) % 2**64])


def _uniform(keys_n: Keys, purpose: int = 0) -> NDArray[np.float64]:
    """One number from 0 to 1 per photo."""
    return np.array([_generator(key, purpose).random() for key in keys_n])


def _rounded(photos_nhwc: NDArray[Any]) -> Photos:
    return np.asarray(np.clip(np.rint(photos_nhwc), 0, 255), dtype=np.uint8)
