"""Drawn leaves photographed twice, and leaves of one outline before one background."""

import io

import numpy as np
from PIL import Image
from scipy import ndimage

from leafgraft.data.decode.thumbnails import Thumbnails, shrink
from leafgraft.data.drawn.leaf import CLASSES, draw_leaf


def drawn(count, side=96, first=0):
    return [draw_leaf(CLASSES[i % 3], side, np.random.default_rng([5, first + i])) for i in range(count)]


def thumbnails(photos):
    small = [shrink(Image.fromarray(photo)) for photo in photos]
    return Thumbnails(np.stack([one[0] for one in small]), np.stack([one[1] for one in small]))


def through_jpeg(photo, quality):
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def again(photo, generator, fill="nearest"):
    """A second photo, other than `leafgraft.data.drawn.faults` makes them: both axes cut by themselves, edges filled.

    Args:
        photo: uint8, shape (S, S, 3).
        generator: Draws flip, quarter turn or rotation to 15 degrees, cuts and shifts to 10%, brightness, quality.
        fill: ``nearest`` draws the edge out; ``black``, ``white`` or ``reflect`` fill it.
    """
    if generator.random() < 0.4:
        photo = photo[:, ::-1]
    turns = int(generator.integers(1, 4)) if generator.random() < 0.3 else 0
    angle = np.deg2rad(0 if turns else generator.uniform(-15, 15))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag(1 - generator.uniform(0, 0.1, 2))
    middle = np.array([len(photo) / 2 - 0.5] * 2)
    offset = middle - matrix @ (middle + generator.uniform(-0.1, 0.1, 2) * len(photo))
    how = {"black": ("constant", 0), "white": ("constant", 255)}.get(fill, (fill, 0))
    bands = [
        ndimage.affine_transform(photo[..., band].astype(float), matrix, offset, order=1, mode=how[0], cval=how[1])
        for band in range(3)
    ]
    moved = np.rot90(np.stack(bands, axis=-1), turns) * generator.uniform(0.8, 1.2)
    return through_jpeg(np.rint(np.clip(moved, 0, 255)).astype(np.uint8), int(generator.integers(60, 96)))


def of_one_outline(outline, inside, side=128, spots=6, texture=0.0):
    """A plain leaf on a plain table: `outline` decides shape, pose and colours, `inside` the spots and the texture."""
    shape, within = np.random.default_rng([outline, 1]), np.random.default_rng([outline, inside, 2])
    row, column = (np.mgrid[0:side, 0:side] / side - 0.5).reshape(2, -1)
    angle, length, width = shape.uniform(0, 3.1), shape.uniform(0.36, 0.44), shape.uniform(0.2, 0.28)
    along = column * np.cos(angle) + row * np.sin(angle)
    across = (row * np.cos(angle) - column * np.sin(angle)) * (1 + 0.4 * along)
    leaf = (along / length) ** 2 + (across / width) ** 2 < 1
    colours = shape.integers([120, 120, 120, 40, 110, 30], [235, 235, 235, 90, 170, 70])
    photo = np.where(leaf[:, None], colours[3:], colours[:3]).astype(float)
    photo[leaf & (np.abs(across) < 0.006)] += 30
    for _ in range(spots):
        at, off = within.uniform(-0.7, 0.7) * length, within.uniform(-0.6, 0.6) * width
        photo[np.hypot(along - at, across - off) < within.uniform(0.02, 0.05)] = within.integers(30, 110, 3)
    photo = photo.reshape(side, side, 3)
    if texture:
        noise = ndimage.gaussian_filter(within.normal(size=(side, side)), 1.2)
        photo += (texture * noise / noise.std() * leaf.reshape(side, side))[..., None]
    photo = ndimage.gaussian_filter(photo, (0.7, 0.7, 0)) + within.normal(0, 1, photo.shape)
    return np.rint(np.clip(photo, 0, 255)).astype(np.uint8)
