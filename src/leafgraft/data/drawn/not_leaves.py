"""Draw pictures that hold no leaf: noise, textures, text, shapes. Every bundle is tried on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

SIDE_PX = 192
PER_KIND = 12
WORDS = ["the", "total", "of", "all", "items", "due", "receipt", "menu", "daily", "10", "24", "street", "print", "copy"]
Picture = NDArray[np.uint8]
Generator = np.random.Generator


def draw_not_leaves(per_kind: int = PER_KIND) -> Iterator[tuple[str, Picture]]:
    """Draw `per_kind` pictures of each kind; the same ones every time.

    Args:
        per_kind: Pictures of each of the kinds in `KINDS`.

    Yields:
        The kind, and uint8 of shape (192, 192, 3).
    """
    for number, (kind, draw) in enumerate(KINDS.items()):
        for index in range(per_kind):
            generator = np.random.default_rng([number, index])
            yield kind, np.asarray(np.rint(np.clip(draw(SIDE_PX, generator), 0, 255)), dtype=np.uint8)


def _colour(generator: Generator) -> NDArray[np.float64]:
    return generator.uniform(0, 255, 3)


def _between(share: NDArray[np.float64], generator: Generator) -> NDArray[np.float64]:
    """From one colour at 0 to another at 1."""
    return np.asarray(share[:, :, None] * _colour(generator) + (1 - share[:, :, None]) * _colour(generator))


def _plain(side: int, generator: Generator) -> NDArray[np.float64]:
    return np.broadcast_to(_colour(generator), (side, side, 3)) + generator.normal(0, 1.5, (side, side, 3))


def _gradient(side: int, generator: Generator) -> NDArray[np.float64]:
    angle = generator.uniform(0, 2 * np.pi)
    row, column = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    share = ((np.cos(angle) * column + np.sin(angle) * row) / np.sqrt(2) + 1) / 2
    return _between(share, generator)


def _white_noise(side: int, generator: Generator) -> NDArray[np.float64]:
    channels = int(generator.choice([1, 3]))
    return np.broadcast_to(generator.uniform(0, 255, (side, side, channels)), (side, side, 3))


def _clouds(side: int, generator: Generator) -> NDArray[np.float64]:
    """Noise of many sizes between two colours, as walls, clouds, soil and cloth have it."""
    share = np.zeros((side, side))
    for octave in range(1, 7):
        share += ndimage.gaussian_filter(generator.normal(size=(side, side)), side / 2**octave, mode="wrap") * side / 2
    share = (share - share.min()) / np.ptp(share)
    return _between(share, generator)


def _stripes(side: int, generator: Generator) -> NDArray[np.float64]:
    angle, width = generator.uniform(0, np.pi), generator.uniform(4, 40)
    row, column = np.mgrid[0:side, 0:side]
    on = np.sin((np.cos(angle) * column + np.sin(angle) * row) * np.pi / width) > generator.uniform(-0.5, 0.5)
    return np.where(on[:, :, None], _colour(generator), _colour(generator)) + generator.normal(0, 4, (side, side, 1))


def _tiles(side: int, generator: Generator) -> NDArray[np.float64]:
    """Bricks or tiles, each of its own shade, with joints."""
    height, width = (int(one) for one in generator.integers(12, 60, 2))
    row, column = np.mgrid[0:side, 0:side]
    line = row // height
    place = column + (line % 2) * (width // 2) * int(generator.integers(0, 2))
    shade = generator.normal(0, 18, (side // height + 2, side // width + 3))[line, place // width]
    joint = (row % height < 2) | (place % width < 2)
    return np.where(joint[:, :, None], _colour(generator), _colour(generator) + shade[:, :, None])


def _text(side: int, generator: Generator) -> NDArray[np.float64]:
    paper = Image.new("RGB", (side, side), tuple(int(one) for one in generator.integers(200, 256, 3)))
    pen = ImageDraw.Draw(paper)
    size = int(generator.integers(9, 30))
    font, ink = ImageFont.load_default(size), tuple(int(one) for one in generator.integers(0, 110, 3))
    for top in range(6, side, int(size * 1.4)):
        pen.text((8, top), " ".join(generator.choice(WORDS, 12)), fill=ink, font=font)
    return np.asarray(paper, dtype=np.float64)


def _shapes(side: int, generator: Generator) -> NDArray[np.float64]:
    """Discs and boxes, as toys, signs and dishes look."""
    picture = Image.new("RGB", (side, side), tuple(int(one) for one in _colour(generator)))
    pen = ImageDraw.Draw(picture)
    for _ in range(int(generator.integers(2, 12))):
        left, top = generator.uniform(-0.1, 0.9, 2) * side
        width, height = generator.uniform(0.08, 0.6, 2) * side
        draw = pen.ellipse if generator.random() < 0.5 else pen.rectangle
        draw((left, top, left + width, top + height), fill=tuple(int(one) for one in _colour(generator)))
    return np.asarray(picture, dtype=np.float64)


def _landscape(side: int, generator: Generator) -> NDArray[np.float64]:
    """Sky over ground: two gradients with noise, and a jagged line between them."""
    line = generator.uniform(0.3, 0.7) * side + np.cumsum(generator.normal(0, 1.5, side))
    above = np.arange(side)[:, None] < line
    sky, ground = _gradient(side, generator), _clouds(side, generator)
    return np.where(above[:, :, None], sky, ground) + generator.normal(0, 5, (side, side, 3))


def _chart(side: int, generator: Generator) -> NDArray[np.float64]:
    """A bar chart, as on a screen."""
    picture = Image.new("RGB", (side, side), (255, 255, 255))
    pen = ImageDraw.Draw(picture)
    bars = int(generator.integers(3, 10))
    for bar in range(bars):
        left, height = (bar + 0.15) * side / bars, generator.uniform(0.05, 0.9) * side
        colour = tuple(int(one) for one in _colour(generator))
        pen.rectangle((left, side - 8 - height, left + 0.7 * side / bars, side - 8), fill=colour)
    pen.line((4, side - 8, side - 4, side - 8), fill=(0, 0, 0), width=2)
    return np.asarray(picture, dtype=np.float64)


KINDS: dict[str, Callable[[int, Generator], NDArray[np.float64]]] = {
    "plain colour": _plain,
    "gradient": _gradient,
    "noise": _white_noise,
    "clouds": _clouds,
    "stripes": _stripes,
    "tiles": _tiles,
    "text": _text,
    "shapes": _shapes,
    "landscape": _landscape,
    "chart": _chart,
}
