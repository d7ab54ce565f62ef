"""What a PNG says that Pillow passes over: that its last rows are absent, and what is transparent at its own depth."""

from __future__ import annotations

import io
import struct
import zlib
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

AT_ONCE = 1 << 20  # bytes that are inflated at a time
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
PLAIN = ((0, 0, 1, 1),)
# The seven passes of an interlaced one: first column and row, and the steps from there.
INTERLACED = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
DEPTHS = {"L;2": 2, "L;4": 4, "L": 8, "RGB": 8, "I;16B": 16, "RGB;16B": 16}  # by Pillow's name of what is in the file


def load_png(image: PngImageFile) -> Image.Image:
    """Load a PNG in full; the one level or colour that it calls transparent becomes an alpha channel.

    That level is one of the file, which Pillow compares with levels that it has turned into 8 bits.

    Args:
        image: As `open_photo` gives it.

    Returns:
        The photo, loaded: `image` itself if none of its levels is called transparent.

    Raises:
        OSError: Its compressed pixels end before the last row, which Pillow leaves black without a word.
    """
    content = cast("io.BytesIO", image.fp).getvalue()
    stored = str(image.tile[0].args) if image.tile else ""  # without pixels it cannot be loaded, which Pillow says
    image.load()
    if (image.info.get("interlace") or _ends_black(image)) and not _holds_all_rows(content):
        raise OSError("image file is truncated")  # as Pillow says of others
    depth, level = DEPTHS.get(stored), image.info.get("transparency")
    if depth is None or level is None:
        return image
    levels = _deep_colours(content, image) if stored == "RGB;16B" else np.asarray(image)
    if depth < 8:
        levels = levels // (255 // (2**depth - 1))
    clear = levels == np.array(level) % 2**depth
    clear = clear.all(axis=2) if clear.ndim == 3 else clear
    shown = Image.fromarray(np.rint(levels / 257).astype(np.uint8)) if stored == "I;16B" else image.copy()
    shown.putalpha(Image.fromarray(np.where(clear, 0, 255).astype(np.uint8)))
    shown.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return shown


def _deep_colours(content: bytes, image: PngImageFile) -> NDArray[np.uint16]:
    """Colours at 16 bits, of which Pillow reads the high bytes; it reads the low ones if they are called the high."""
    with Image.open(io.BytesIO(content)) as low:
        low.tile = [tile._replace(args="RGB;16L") for tile in low.tile]
        return np.asarray(np.asarray(image, dtype=np.uint16) * 256 + np.asarray(low))


def _ends_black(image: PngImageFile) -> bool:
    """Whether the last row is as Pillow leaves one that is absent."""
    return not np.asarray(image.crop((0, image.height - 1, image.width, image.height))).any()


def _holds_all_rows(content: bytes) -> bool:
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", content, 16)
    needed = 0
    for left, top, right, down in INTERLACED if interlaced else PLAIN:
        columns, rows = -((left - width) // right), -((top - height) // down)
        if columns > 0 and rows > 0:
            needed += rows * (1 - columns * depth * CHANNELS[colour] // -8)  # of each row its filter comes first
    return _inflated(content, needed) >= needed


def _inflated(content: bytes, most: int) -> int:
    """Bytes of compressed pixels, no more than are asked for: parts of the file that follow each other."""
    stream, count, place, name = zlib.decompressobj(), 0, 8, b""
    while place + 8 <= len(content) and count < most:
        before = name
        length, name = struct.unpack_from(">I4s", content, place)
        if before == b"IDAT" != name:
            break
        piece = content[place + 8 : place + 8 + length] if name == b"IDAT" else b""
        while piece and count < most:
            count += len(stream.decompress(piece, AT_ONCE))
            piece = stream.unconsumed_tail
        place += 12 + length
    return count
