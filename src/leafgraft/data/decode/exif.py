"""What the EXIF of a photo says, tag by tag: a hostile or broken one counts as absent and never costs the photo."""

from __future__ import annotations

import struct

from PIL import ExifTags, Image

from leafgraft.data.decode.formats import TIFF_STARTS

UPRIGHT = 1
MARK = b"Exif\0\0"
SHORT = 3  # type of a 16-bit number


def read_orientation(image: Image.Image) -> int:
    """How a loaded photo is turned: 1 (upright) to 8, by the first directory of its EXIF part alone.

    XMP turns nothing (decision 28): Pillow's own `exif_transpose` obeys it, rewrites all tags, and refuses a whole
    photo for one that it cannot write. A TIFF file is turned by Pillow as it is loaded, and says 1.
    """
    content = image.info.get("exif")
    if not isinstance(content, bytes):
        return UPRIGHT
    try:
        # Pillow puts the mark before the EXIF part of a PNG, which may begin with one already.
        found = _orientation_of(content.removeprefix(MARK).removeprefix(MARK))
    except struct.error:  # cut short
        return UPRIGHT
    return found if 1 <= found <= 8 else UPRIGHT


def _orientation_of(content: bytes) -> int:
    order = TIFF_STARTS.get(content[:4])
    if order is None:
        return UPRIGHT
    (directory,) = struct.unpack_from(f"{order}I", content, 4)
    (count,) = struct.unpack_from(f"{order}H", content, directory)
    for place in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind, values, value = struct.unpack_from(f"{order}HHIH", content, place)
        if (tag, kind, values) == (ExifTags.Base.Orientation, SHORT, 1):
            return int(value)
    return UPRIGHT


def read_text(image: Image.Image, tag: int, directory: int | None = None) -> str:
    """A tag as text; empty if it is absent or broken.

    Args:
        image: A loaded photo.
        tag: Number of the tag.
        directory: Number of the tag whose directory holds it; none: the first directory.
    """
    value = _tag(image, tag, directory)
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value if value is not None else "")
    return text.split("\0")[0].strip()


def _tag(image: Image.Image, tag: int, directory: int | None = None) -> object:
    try:
        tags = image.getexif()
        found: object = (tags if directory is None else tags.get_ifd(directory)).get(tag)
    except Exception:  # noqa: BLE001 - hostile tags reach every corner of the reader
        return None
    return found
