"""All picks on one picture, each with its number."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from leafgraft.data.decode.pixel_rows import decode

SIDE_PX, COLUMNS, MARGIN_PX, TEXT_PX = 160, 8, 6, 18


def picks_sheet(photos: Sequence[tuple[Path, int]]) -> bytes:
    """A JPEG of photos in rows of eight.

    Args:
        photos: Path and number of each.
    """
    columns = min(COLUMNS, len(photos))
    rows = -(-len(photos) // columns)
    cell = SIDE_PX + MARGIN_PX
    sheet = Image.new("RGB", (columns * cell + MARGIN_PX, rows * (cell + TEXT_PX) + MARGIN_PX), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT_PX - 3)
    for at, (path, number) in enumerate(photos):
        left, top = MARGIN_PX + at % columns * cell, MARGIN_PX + at // columns * (cell + TEXT_PX)
        sheet.paste(Image.fromarray(decode(path, SIDE_PX)), (left, top))
        draw.text((left, top + SIDE_PX), str(number), fill="black", font=font)
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
