"""Which files are photos, by their content, and what is said of those that cannot be read here."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from PIL import Image

# Files that are meant as photos whatever their content: if it is not one, they are listed, not passed over.
PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif"}
)
RAW_SUFFIXES = frozenset(
    {".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".orf", ".rw2", ".raf", ".pef", ".srw", ".x3f"}
)
# Photos that cannot be read here, by the names that they mostly have.
UNREAD_SUFFIXES = frozenset({*RAW_SUFFIXES, ".jxl"})
# Pillow's names. It knows others too: icons, drawings, scientific arrays. They are no photos.
FORMATS = frozenset(
    {"JPEG", "MPO", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "AVIF", "HEIF", "JPEG2000", "PPM", "TGA", "PCX"}
    | {"SGI", "QOI", "PSD"}
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"})
_SHARED_BRANDS = frozenset({b"mif1", b"msf1", b"heif"})  # of HEIC and AVIF: the brands that follow tell which
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")
HEAD_BYTES = 64
TIFF_STARTS = {b"II*\0": "<", b"MM\0*": ">"}  # with the order of its bytes
_NEW_SUBFILE_TYPE, _WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC = 254, 256, 257, 258, 262
_SUB_DIRECTORIES, _DNG_VERSION = 330, 50706
_OF_SENSORS = frozenset({32803, 34892})  # of a colour filter array, and as it is made linear
_SIZES = {1: "B", 3: "H", 4: "I", 13: "I"}  # types of the numbers that are asked for
_MOST_DIRECTORIES = 64

HEIC_MEND = "install leafgraft[heic], or set the phone to 'most compatible'"
TIFF_MEND = "export it as 8- or 16-bit RGB"
JPEG_XL_STARTS = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")  # its bare pixels, and in a file of boxes
JPEG_XL_MEND = "save it as JPEG or PNG"
LFS_START = b"version https://git-lfs.github.com/spec/"
LFS_MEND = "fetch the photos with git lfs pull"
CLOUD_MEND = "let iCloud download it to this machine"
RAW_MEND = "export the photo as JPEG or PNG in the program of the camera"


def is_heic(head: bytes) -> bool:
    """Whether the first bytes of a file are those of HEIC (HEIF of H.265), as iPhones write it."""
    if head[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(head[:4]), len(head))
    others = {head[place : place + 4] for place in range(16, end, 4)}
    return head[8:12] in _HEIC_BRANDS or (head[8:12] in _SHARED_BRANDS and not others & _AVIF_BRANDS)


def is_raw(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a camera raw format that is no TIFF, or of Canon's, which is."""
    return head.startswith(_RAW_STARTS) or head[4:12] == b"ftypcrx " or head[8:10] == b"CR"


def read_heic() -> bool:
    """Let Pillow read HEIC, if pillow-heif is installed.

    It turns such a photo upright itself, by the file's own transformations, and takes the turn out of the EXIF tags.
    """
    if "HEIF" in Image.OPEN:
        return True
    try:
        import pillow_heif  # noqa: PLC0415 - a fifth of a second, which few need
    except ImportError:
        return False
    Image.init()  # the readers of Pillow come first: that of HEIC claims an AVIF that is called by a shared brand, too
    pillow_heif.register_heif_opener()
    return True


def is_raw_tiff(content: bytes) -> bool:
    """Whether the first picture of a TIFF is what the sensor gave, or a thumbnail of another in the same file.

    The file says so itself (a DNG version, data of a sensor, a first picture of reduced resolution), or one of at
    least twice the area follows, or lies in a directory below the first.
    """
    directories = list(_directories(content))
    if not directories:
        return False
    first, *others = directories
    if _DNG_VERSION in first or first.get(_PHOTOMETRIC, [0])[0] in _OF_SENSORS:
        return True
    if first.get(_NEW_SUBFILE_TYPE, [0])[0] & 1:
        return True
    areas = [one.get(_WIDTH, [0])[0] * one.get(_HEIGHT, [0])[0] for one in (first, *others)]
    return max(areas) >= 2 * areas[0] > 0


def is_described_tiff(content: bytes) -> bool:
    """Whether a TIFF says what its first picture is like: one that is not read is then of another kind, not damaged."""
    first = next(_directories(content), {})
    return {_WIDTH, _HEIGHT, _BITS} <= first.keys()


def _directories(content: bytes) -> Iterator[dict[int, list[int]]]:
    """Whole numbers by tag of each directory: those in a chain, and those below them."""
    order = TIFF_STARTS.get(content[:4])
    if order is None or len(content) < 8:
        return
    places, seen = [struct.unpack_from(f"{order}I", content, 4)[0]], set[int]()
    while places and len(seen) < _MOST_DIRECTORIES:
        place = places.pop(0)
        if place in seen or not 8 <= place < len(content):
            continue
        seen.add(place)
        try:
            found, after = _directory(content, order, place)
        except struct.error:  # cut short
            return
        yield found
        places += [after, *found.get(_SUB_DIRECTORIES, [])]


def _directory(content: bytes, order: str, place: int) -> tuple[dict[int, list[int]], int]:
    """Whole numbers by tag, and where the next directory stands."""
    (count,) = struct.unpack_from(f"{order}H", content, place)
    found: dict[int, list[int]] = {}
    for entry in range(place + 2, place + 2 + 12 * count, 12):
        tag, kind, values = struct.unpack_from(f"{order}HHI", content, entry)
        if kind in _SIZES and 0 < values <= _MOST_DIRECTORIES:
            form = f"{order}{values}{_SIZES[kind]}"
            inside = struct.calcsize(form) <= 4
            (at,) = (entry + 8,) if inside else struct.unpack_from(f"{order}I", content, entry + 8)
            found[tag] = list(struct.unpack_from(form, content, at))
    (after,) = struct.unpack_from(f"{order}I", content, place + 2 + 12 * count)
    return found, after
