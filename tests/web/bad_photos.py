"""Files that are not the photos they seem to be."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms


def encode(image: Image.Image, kind: str, **settings: object) -> bytes:
    """Bytes of an image file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(size: tuple[int, int], depth: int, colour: int, pixels: bytes, before: bytes = b"") -> bytes:
    """A PNG of a depth and colour type.

    Args:
        size: Width and height in pixels.
        depth: Bits of a sample.
        colour: 0 grey, 2 RGB, 3 of a palette.
        pixels: The parts of the file that hold them.
        before: Parts that stand before these.
    """
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + before + pixels + chunk(b"IEND", b"")


def rows_of(stored: np.ndarray) -> bytes:
    """Rows as a PNG holds them before they are compressed: bytes of shape (H, N), each row after its filter."""
    return b"".join(b"\0" + row.tobytes() for row in stored)


def huge_png(side: int = 50_000) -> bytes:
    """A whole PNG header of side x side pixels with next to no data."""

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
    profile = swapped_profile()
    return {
        "dot.png": encode(Image.new("RGB", (1, 1), (200, 60, 50)), "PNG"),
        "animated.gif": encode(RED, "GIF", save_all=True, append_images=frames),
        "print.jpg": encode(RED.convert("CMYK"), "JPEG"),
        "hostile-exif.jpg": encode(RED, "JPEG", exif=exif),
        "broken-exif.jpg": encode(RED, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
        "strip.png": encode(Image.new("RGB", (4000, 2), (200, 60, 50)), "PNG"),
        "profile.jpg": encode(RED, "JPEG", icc_profile=profile),
        "profile.png": encode(RED, "PNG", icc_profile=profile),
        "profile.webp": encode(RED, "WEBP", icc_profile=profile),
    }


def swapped_profile() -> bytes:
    """A colour profile by which red is blue."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, blue = b"rXYZ", b"bXYZ"  # in its table of contents
    return profile.replace(red, b"?", 1).replace(blue, red, 1).replace(b"?", blue, 1)


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)
PNG_XMP = chunk(b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + XMP)


def turned_photos(photo: Image.Image) -> dict[str, tuple[bytes, bool]]:
    """A photo that EXIF or XMP says to turn by 90 degrees, in each format and place; and whether it is to be turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    tags = exif.tobytes()
    png_exif = chunk(b"eXIf", tags.removeprefix(b"Exif\0\0"))
    png = encode(photo, "PNG")
    start, end = png.index(b"IDAT") - 4, png.rindex(b"IEND") - 4
    webp = encode(photo, "WEBP", exif=tags)
    part = webp.index(b"EXIF")
    first = webp[:30] + webp[part:] + webp[30:part]  # the EXIF part before the image data
    jpeg = encode(photo, "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(tags) + 2) + tags
    return {
        "exif.jpg": (encode(photo, "JPEG", exif=exif), True),
        "exif-after.jpg": (jpeg[:-2] + segment + jpeg[-2:], False),
        "xmp.jpg": (encode(photo, "JPEG", xmp=XMP), False),
        "exif-before.png": (png[:start] + png_exif + png[start:], True),
        "exif-after.png": (png[:end] + png_exif + png[end:], True),
        "xmp-before.png": (png[:start] + PNG_XMP + png[start:], False),
        "xmp-after.png": (png[:end] + PNG_XMP + png[end:], False),
        "exif.webp": (webp, True),
        "exif-first.webp": (first, True),
        "xmp.webp": (encode(photo, "WEBP", xmp=XMP), False),
    }


def turned_tiffs(photo: Image.Image) -> dict[str, tuple[bytes, bool]]:
    """The same as TIFF, which no Chromium reads."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "exif.tif": (encode(photo, "TIFF", exif=exif), True),
        "xmp.tif": (encode(photo, "TIFF", tiffinfo={700: XMP}), False),
    }


def untidy_photos(photo: Image.Image) -> dict[str, bytes]:
    """Whole photos with something between their parts, after their end, or in a form that few programs write."""
    jpeg, png = encode(photo, "JPEG", quality=90), encode(photo, "PNG")
    table, scan, pixels = jpeg.index(b"\xff\xdb"), jpeg.index(b"\xff\xda"), png.index(b"IDAT")
    exif = Image.Exif()
    exif[0x0112] = 3
    thumbnail = exif.tobytes() + encode(photo.resize((16, 12)), "JPEG")
    opaque = np.random.default_rng(0).integers(0, 256, 16, dtype=np.uint8).tobytes()
    deep = np.random.default_rng(1).integers(0, 65536, (40, 50), dtype=np.uint16)
    colours = np.random.default_rng(2).integers(0, 256, (9, 12, 4), dtype=np.uint8).repeat(9, 0).repeat(9, 1)
    mirrored = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    return {
        "zeros-between.jpg": jpeg[:table] + bytes(3) + jpeg[table:scan] + bytes(50) + jpeg[scan:],
        "padded.jpg": jpeg[:table] + b"\xff" * 9 + jpeg[table:],
        "zeros-after.jpg": jpeg + bytes(5000),
        "thumbnail.jpg": encode(photo, "JPEG", exif=thumbnail),
        "progressive.jpg": encode(photo, "JPEG", progressive=True),
        "print.jpg": encode(Image.fromarray(colours, "CMYK"), "JPEG", quality=95),
        "cut-but-closed.jpg": jpeg[: len(jpeg) // 2] + b"\xff\xd9",
        "two-pictures.mpo": encode(photo, "MPO", save_all=True, append_images=[mirrored], exif=exif),
        "zeros-after.png": png + bytes(5000),
        "no-end.png": png[: png.rindex(b"IEND") - 4],
        "gamma.png": png[: pixels - 4] + gamma + png[pixels - 4 :],
        "first-is-no-frame.png": encode(photo, "PNG", save_all=True, append_images=[mirrored], default_image=True),
        "palette.png": encode(photo.quantize(16), "PNG", transparency=opaque),
        "deep.png": encode(Image.fromarray(deep), "PNG"),
        "animated.webp": encode(photo, "WEBP", save_all=True, append_images=[mirrored]),
        "animated.gif": encode(photo, "GIF", save_all=True, append_images=[mirrored]),
        "bits.bmp": encode(photo.convert("1"), "BMP"),
    }


def clear_pngs() -> dict[str, tuple[bytes, list[int | list[int]]]]:
    """PNGs of four columns, one level of which is transparent, compared at the depth of the file; and a row of each."""
    grey16 = np.array([[0x1200, 0x1234, 0x1235, 0xFFFF]] * 3, dtype=">u2").view(np.uint8)
    colour16 = np.array([[[0x1234, 0x5678, 0x9ABC], [0x1235, 0x5678, 0x9ABC]] * 2] * 3, dtype=">u2")
    two, four = np.array([[0b00011011]] * 3, np.uint8), np.array([[0x05, 0xAF]] * 3, np.uint8)

    def made(depth: int, colour: int, stored: np.ndarray, *level: int) -> bytes:
        pixels = chunk(b"IDAT", zlib.compress(rows_of(stored)))
        return png((4, 3), depth, colour, pixels, chunk(b"tRNS", struct.pack(f">{len(level)}H", *level)))

    white, dark = [255] * 3, [0x12, 0x56, 0x9A]
    return {
        "grey-2.png": (made(2, 0, two, 2), [0, 85, 255, 255]),
        "grey-4.png": (made(4, 0, four, 5), [0, 255, 170, 255]),
        "grey-4-high.png": (made(4, 0, four, 0x105), [0, 255, 170, 255]),
        "grey-16.png": (made(16, 0, grey16, 0x1234), [18, 255, 18, 255]),
        "rgb-16.png": (made(16, 2, colour16.view(np.uint8).reshape(3, -1), 0x1234, 0x5678, 0x9ABC), [white, dark] * 2),
    }


def odd_pngs(photo: Image.Image) -> dict[str, bytes]:
    """Whole PNGs that few programs write."""
    rows = rows_of(np.asarray(photo).reshape(photo.height, -1))
    whole, palette = zlib.compress(rows), np.arange(15, dtype=np.uint8).tobytes()
    indices = np.random.default_rng(0).integers(0, 256, (9, 4), dtype=np.uint8)
    parts = chunk(b"IDAT", whole[:99]) + chunk(b"IDAT", whole[99:])
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "exif-twice-marked.png": png(photo.size, 8, 2, parts, chunk(b"eXIf", exif.tobytes())),
        "zeros-after-pixels.png": png(photo.size, 8, 2, chunk(b"IDAT", whole + bytes(10))),
        "zeros-in-a-part-after.png": png(photo.size, 8, 2, parts + chunk(b"IDAT", bytes(9000))),
        "without-a-sum.png": png(photo.size, 8, 2, chunk(b"IDAT", whole[:-4])),
        "more-rows.png": png(photo.size, 8, 2, chunk(b"IDAT", zlib.compress(rows + rows))),
        "beyond-the-palette.png": png(
            (8, 9), 4, 3, chunk(b"IDAT", zlib.compress(rows_of(indices))), chunk(b"PLTE", palette)
        ),
        **{name: content for name, (content, _) in clear_pngs().items()},
    }


def short_pngs(photo: Image.Image) -> dict[str, bytes]:
    """PNGs that do not hold all their rows, though each of their parts is whole."""
    rows = rows_of(np.asarray(photo).reshape(photo.height, -1))
    whole = zlib.compress(rows)
    apart = chunk(b"IDAT", whole[:99]) + chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", whole[99:])
    half = chunk(b"IDAT", zlib.compress(rows[: len(rows) // 2]))
    return {
        "half-the-rows.png": png(photo.size, 8, 2, half),
        "text-between-pixels.png": png(photo.size, 8, 2, apart),
    }


def small_frame(size: tuple[int, int]) -> bytes:
    """A GIF whose only frame is 20 x 10 pixels at (5, 5), without transparency."""
    frame = Image.fromarray(np.full((10, 20), 1, np.uint8), "P")
    frame.putpalette([10, 20, 30, 200, 0, 0] + [0] * 762)
    content = bytearray(encode(frame, "GIF"))
    content[6:10] = struct.pack("<HH", *size)
    place = content.index(b"\x2c\0\0\0\0")
    content[place + 1 : place + 5] = struct.pack("<HH", 5, 5)
    return bytes(content)


def small_webp_frame(size: tuple[int, int]) -> bytes:
    """A WebP whose first frame is 20 x 10 pixels, red, at (4, 6), before a whole one, both without transparency."""

    def part(name: bytes, content: bytes) -> bytes:
        return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)

    def frame(left: int, top: int, image: Image.Image) -> bytes:
        place = (left // 2, top // 2, image.width - 1, image.height - 1, 100)  # and how long it is shown
        where = b"".join(struct.pack("<I", one)[:3] for one in place)
        return part(b"ANMF", where + b"\0" + encode(image, "WEBP", lossless=True)[12:])

    canvas = b"\x02\0\0\0" + b"".join(struct.pack("<I", one - 1)[:3] for one in size)
    parts = part(b"VP8X", canvas) + part(b"ANIM", b"\0\0\xff\xff\0\0")
    parts += frame(4, 6, Image.new("RGB", (20, 10), (200, 0, 0))) + frame(0, 0, Image.new("RGB", size, (0, 200, 0)))
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


def cut_photos(photo: Image.Image) -> dict[str, bytes]:
    """Photos of which a part is missing, and PNGs with damaged pixels and a damaged header."""
    contents = {kind: encode(photo, kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP")}
    cut = {f"half.{kind.lower()}": content[: len(content) // 2] for kind, content in contents.items()}
    spoilt = bytearray(contents["PNG"])
    spoilt[len(spoilt) // 2] ^= 1
    wrong_sum = bytearray(contents["PNG"])
    wrong_sum[29] ^= 1  # the first byte of the header's checksum
    return {
        **cut,
        "no-end.jpg": contents["JPEG"][:-2],
        "no-end.webp": contents["WEBP"][:-3],
        "spoilt.png": bytes(spoilt),
        "wrong-sum.png": bytes(wrong_sum),
    }
