"""A photo of any format as a JPEG that every browser shows: upright, and no larger than is useful."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from leafgraft.data.decode.photo import open_photo, read_photo_file, to_rgb

LONGER_SIDE = 1600  # pixels
QUALITY = 90


def show_photo(path: Path) -> bytes:
    """Read a photo, and write it as a JPEG.

    Raises:
        UnreadableError: It is not a whole photo.
    """
    with open_photo(read_photo_file(path)) as image:
        shown = Image.fromarray(to_rgb(image))
    shown.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    content = io.BytesIO()
    shown.save(content, "JPEG", quality=QUALITY)
    return content.getvalue()
