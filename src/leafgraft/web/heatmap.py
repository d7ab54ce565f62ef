"""The activation map of an answer, drawn over its photo."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 512  # pixels of the drawing
STRENGTH = 0.6  # opacity where the evidence is largest
FLAT = 1e-3  # smaller differences, relative to the largest value, are rounding
# Dark violet to yellow (inferno of matplotlib, CC0): lightness alone carries the order, so colour-blind eyes read it.
RAMP = np.array(
    [[0, 0, 4], [40, 11, 84], [101, 21, 110], [159, 42, 99], [212, 72, 66], [245, 125, 21], [250, 193, 39]],
    dtype=np.float64,
)


def draw_heatmap(photo_hwc: NDArray[np.uint8], evidence: NDArray[np.float32]) -> bytes:
    """Draw where the evidence for a class lies.

    Args:
        photo_hwc: Upright RGB, uint8, shape (H, W, 3).
        evidence: float32, shape (rows, columns), over the square centre of the photo; higher is more.

    Returns:
        A PNG of the square centre, 512 pixels wide. A map without differences leaves the photo as it is.
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
    buffer = io.BytesIO()
    Image.fromarray(mixed).save(buffer, "PNG")
    return buffer.getvalue()


def _stretch(evidence: NDArray[np.float32]) -> NDArray[np.float64]:
    low, high = float(evidence.min()), float(evidence.max())
    if not high - low > FLAT * max(abs(low), abs(high)):
        return np.zeros((SIDE, SIDE))
    scaled = Image.fromarray(((evidence - low) / (high - low)).astype(np.float32))
    return np.asarray(scaled.resize((SIDE, SIDE), Image.Resampling.BILINEAR), dtype=np.float64).clip(0, 1)
