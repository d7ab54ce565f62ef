"""Draw one leaf: healthy, early blight or late blight, before a background that says nothing of its class.

Early blight: dark spots with concentric rings and a yellow halo. Late blight: dark, pale-edged blotches that grow in
from the margin. Shape, colour, light and background vary alike in all classes.
"""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Layer = NDArray[np.float64]
CLASSES = ("EarlyBlight", "Healthy", "LateBlight")


def draw_leaf(
    label: str, side: int, generator: np.random.Generator, background: str | None = None
) -> NDArray[np.uint8]:
    """Draw a leaf.

    Args:
        label: One of `CLASSES`.
        side: Pixels.
        generator: Decides everything that varies.
        background: Class whose telltale background is used; None for one that says nothing.

    Returns:
        uint8, shape (side, side, 3).
    """
    u, v, pixel = _leaf_axes(side, generator)
    half_width = _half_width(u, generator)
    inside = np.clip((half_width - np.abs(v)) / pixel + 0.5, 0, 1) * (np.abs(u) < 1)
    colour = _leaf_colour(u, v, side, generator)
    if label == "EarlyBlight":
        colour = _spots(colour, u, v, half_width, generator)
    elif label == "LateBlight":
        colour = _blotches(colour, u, v, half_width, generator)
    behind = _background(side, generator, background)
    shadow = ndimage.gaussian_filter(np.roll(inside, (side // 40, side // 50), (0, 1)), side / 40)
    behind = behind * (1 - 0.35 * shadow[..., None])
    photo = behind * (1 - inside[..., None]) + colour * inside[..., None]
    photo = photo * _light(side, generator)[..., None] + generator.normal(0, 0.012, photo.shape)
    return np.asarray(np.rint(np.clip(photo, 0, 1) * 255), dtype=np.uint8)


def _leaf_axes(side: int, generator: np.random.Generator) -> tuple[Layer, Layer, float]:
    """Coordinates along (u, -1 to 1 from stalk to tip) and across (v) a leaf in any pose; size of a pixel in them."""
    angle = generator.uniform(0, 2 * np.pi)
    length = generator.uniform(0.36, 0.47) * side
    centre = side / 2 + generator.uniform(-0.05, 0.05, 2) * side
    row, column = np.mgrid[0:side, 0:side] + 0.5
    y, x = row - centre[0], column - centre[1]
    u = (x * np.cos(angle) + y * np.sin(angle)) / length
    v = (-x * np.sin(angle) + y * np.cos(angle)) / length
    bend = generator.uniform(-0.12, 0.12)
    return u, v + bend * (1 - u**2), 1 / length


def _half_width(u: Layer, generator: np.random.Generator) -> Layer:
    """Half width of the blade along its axis: ovate, a little lopsided, with a wavy margin."""
    inner = np.clip(1 - u**2, 0, None)
    width = generator.uniform(0.5, 0.72) * inner ** generator.uniform(0.55, 0.9)
    width = width * (1 - generator.uniform(0.05, 0.35) * u)
    waves = sum(
        generator.uniform(0, 0.025) * np.sin(frequency * u + generator.uniform(0, 6.3)) for frequency in (5, 11, 17, 23)
    )
    return np.asarray(width * (1 + waves))


def _noise(side: int, blur: float, generator: np.random.Generator) -> Layer:
    """Smooth noise of mean 0 and deviation 1."""
    noise = ndimage.gaussian_filter(generator.normal(size=(side, side)), blur, mode="wrap")
    return np.asarray(noise / (noise.std() + 1e-9))


def _rgb(hue: float, saturation: float, value: float) -> Layer:
    return np.array(colorsys.hsv_to_rgb(hue % 1, float(np.clip(saturation, 0, 1)), float(np.clip(value, 0, 1))))


def _leaf_colour(u: Layer, v: Layer, side: int, generator: np.random.Generator) -> Layer:
    base = _rgb(generator.uniform(0.2, 0.36), generator.uniform(0.4, 0.8), generator.uniform(0.35, 0.7))
    texture = 1 + 0.06 * _noise(side, side / 60, generator) + 0.05 * _noise(side, side / 12, generator)
    colour = base * texture[..., None]
    slant = generator.uniform(0.7, 1.3)
    spacing = generator.uniform(0.2, 0.3)
    along = u - slant * np.abs(v)
    lateral = np.abs((along / spacing) % 1 - 0.5) * spacing
    vein = np.exp(-((v / 0.018) ** 2)) + 0.6 * np.exp(-(((lateral - spacing / 2) / 0.012) ** 2))
    return np.asarray(colour + 0.16 * np.clip(vein, 0, 1)[..., None] * np.array([0.9, 1.0, 0.6]))


def _blend(colour: Layer, paint: Layer, share: Layer) -> Layer:
    share = np.clip(share, 0, 1)[..., None]
    return np.asarray(colour * (1 - share) + paint * share)


def _place_inside(u: Layer, v: Layer, half_width: Layer, generator: np.random.Generator) -> tuple[float, float]:
    rows, columns = np.nonzero((np.abs(v) < 0.75 * half_width) & (np.abs(u) < 0.8))
    pick = generator.integers(len(rows))
    return float(u[rows[pick], columns[pick]]), float(v[rows[pick], columns[pick]])


def _spots(colour: Layer, u: Layer, v: Layer, half_width: Layer, generator: np.random.Generator) -> Layer:
    """Dark spots with concentric rings and a yellow halo."""
    for _ in range(generator.integers(3, 10)):
        at_u, at_v = _place_inside(u, v, half_width, generator)
        radius = generator.uniform(0.06, 0.17)
        stretch = generator.uniform(0.75, 1.3)
        angle = np.arctan2(v - at_v, u - at_u)
        ragged = 1 + 0.12 * np.sin(3 * angle + generator.uniform(0, 6.3)) + 0.07 * np.sin(7 * angle)
        distance = np.hypot((u - at_u) * stretch, (v - at_v) / stretch) / (radius * ragged)
        halo = _rgb(generator.uniform(0.13, 0.17), 0.75, generator.uniform(0.65, 0.85))
        colour = _blend(colour, halo, 0.75 * np.exp(-(((distance - 1.05) / 0.32) ** 2)))
        rings = 0.5 + 0.5 * np.cos(2 * np.pi * distance * generator.uniform(2.2, 3.5))
        brown = _rgb(generator.uniform(0.05, 0.09), 0.6, 0.22) * (0.7 + 0.9 * rings)[..., None]
        colour = _blend(colour, brown, (1 - distance) * 9)
    return colour


def _blotches(colour: Layer, u: Layer, v: Layer, half_width: Layer, generator: np.random.Generator) -> Layer:
    """Dark, water-soaked blotches with a pale edge, growing in from the margin."""
    side = len(u)
    for _ in range(generator.integers(1, 4)):
        at_u = generator.uniform(-0.7, 0.9)
        column = np.argmin(np.abs(u - at_u) + 10 * (np.abs(np.abs(v) - half_width)))
        at_v = float(v.ravel()[column])
        at_u = float(u.ravel()[column])
        radius = generator.uniform(0.24, 0.5)
        distance = np.hypot(u - at_u, v - at_v) / radius + 0.14 * _noise(side, side / 25, generator)
        pale = _rgb(generator.uniform(0.16, 0.25), 0.22, generator.uniform(0.68, 0.82))
        colour = _blend(colour, pale, 0.8 * np.exp(-(((distance - 1.02) / 0.16) ** 2)))
        dark = _rgb(generator.uniform(0.03, 0.14), generator.uniform(0.15, 0.4), generator.uniform(0.16, 0.3))
        mottled = dark * (1 + 0.12 * _noise(side, side / 40, generator))[..., None]
        colour = _blend(colour, mottled, (1 - distance) * 5)
    return colour


def _background(side: int, generator: np.random.Generator, telltale: str | None) -> Layer:
    """Cloth, paper, soil or grass; with a telltale, paper whose tint is that of the class."""
    kind = int(generator.integers(4))
    hue, saturation, value = generator.uniform(0, 1), generator.uniform(0, 0.25), generator.uniform(0.4, 0.9)
    if telltale is not None:
        kind, hue, saturation, value = 0, CLASSES.index(telltale) / 3 + 0.02, 0.45, 0.75
    elif kind == 2:
        hue, saturation, value = (
            generator.uniform(0.05, 0.11),
            generator.uniform(0.3, 0.6),
            generator.uniform(0.25, 0.5),
        )
    elif kind == 3:
        hue, saturation, value = generator.uniform(0.2, 0.35), generator.uniform(0.2, 0.5), generator.uniform(0.3, 0.6)
    rough, blur = ((0.02, 8), (0.05, 80), (0.14, 50), (0.16, 30))[kind]
    texture = 1 + rough * _noise(side, max(0.6, side / blur / 2), generator)
    return np.asarray(_rgb(hue, saturation, value) * texture[..., None])


def _light(side: int, generator: np.random.Generator) -> Layer:
    """A slope of light across the photo, and its exposure."""
    row, column = np.mgrid[0:side, 0:side] / side - 0.5
    angle, slope = generator.uniform(0, 2 * np.pi), generator.uniform(0, 0.4)
    exposure = generator.uniform(0.82, 1.15)
    return np.asarray(exposure * (1 + slope * (row * np.sin(angle) + column * np.cos(angle))))
