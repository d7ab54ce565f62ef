"""Files that are not the photos they seem to be."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def encode(image: Image.Image, kind: str, **settings: object) -> bytes:
    """Bytes of an image file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def huge_png(side: int = 50_000) -> bytes:
    """A whole PNG header of side x side pixels with next to no data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


RED = Image.new("RGB", (120, 90), (200, 60, 50))
NOISE = Image.effect_noise((120, 90), 90).convert("RGB")
UNREADABLE = {
    "empty.jpg": b"",
    "document.jpg": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "drawing.png": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
    "huge.png": huge_png(),
    "truncated.jpg": encode(NOISE, "JPEG")[:2000],
}


def odd_but_red() -> dict[str, bytes]:
    """Photos of the first class in unusual form."""
    exif = Image.Exif()
    exif[0x0112] = 65535  # no such orientation
    exif[0x010E] = "<script>alert(1)</script>" + "A" * 9000
    frames = [RED.convert("P"), Image.new("P", RED.size)]
    return {
        "dot.png": encode(Image.new("RGB", (1, 1), (200, 60, 50)), "PNG"),
        "animated.gif": encode(RED, "GIF", save_all=True, append_images=frames),
        "print.jpg": encode(RED.convert("CMYK"), "JPEG"),
        "hostile-exif.jpg": encode(RED, "JPEG", exif=exif),
        "broken-exif.jpg": encode(RED, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
        "strip.png": encode(Image.new("RGB", (4000, 2), (200, 60, 50)), "PNG"),
    }
