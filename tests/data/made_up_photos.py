"""Small made-up photos, whole and broken, and folders and manifests of them."""

import io
import struct
import zlib
from contextlib import contextmanager

import numpy as np
from PIL import Image

from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Silent


class Talk(Silent):
    """Keeps what was said, and the steps done of each task."""

    def __init__(self):
        self.lines, self.tasks = [], {}

    def say(self, line):
        self.lines.append(line)

    @contextmanager
    def task(self, name, total):
        self.tasks[name] = [0, total]

        def advance(steps):
            self.tasks[name][0] += steps

        yield advance


def draw(number, height=24, width=32):
    """Smooth colours that differ from photo to photo, uint8, shape (H, W, 3)."""
    generator = np.random.default_rng(number)
    small = generator.integers(0, 256, (3, 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def encode(pixels, kind="JPEG", **options):
    buffer = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def rotated_jpeg(pixels, orientation):
    """A JPEG that asks to be turned by its EXIF tag."""
    exif = Image.Exif()
    exif[274] = orientation
    return encode(pixels, quality=100, subsampling=0, exif=exif)


def png_header(width, height):
    """A PNG that claims a size in its header and holds almost nothing."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


def fill(root, contents):
    """Write files by their relative path; numbers become drawn JPEGs."""
    for path, content in contents.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encode(draw(content)) if isinstance(content, int) else content)
    return root


def class_folders(root, counts, prefix=""):
    """Different photos, so many per class."""
    number = iter(range(10_000))
    return fill(root, {f"{prefix}{label}/{n:03d}.jpg": next(number) for label, k in counts.items() for n in range(k)})


def draw_manifest(group_sizes, split=""):
    """Photos of classes with groups of the given sizes: ``{"A": [1, 1, 3]}``."""
    photos = []
    for label, sizes in group_sizes.items():
        for number, size in enumerate(sizes):
            for member in range(size):
                name = f"{label}-{number}-{member}"
                photos.append(Photo(f"id-{name}", f"{label}/{name}.jpg", label, 8, 8, f"g-{label}-{number}", split))
    return Manifest("/nowhere", tuple(photos))
