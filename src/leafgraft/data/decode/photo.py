"""From the bytes of a photo to upright RGB pixels: one way for training, export and service."""

from __future__ import annotations

import io
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.GifImagePlugin import GifImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from leafgraft.data.decode.exif import read_orientation
from leafgraft.data.decode.formats import (
    FORMATS,
    HEAD_BYTES,
    HEIC_MEND,
    JPEG_XL_MEND,
    JPEG_XL_STARTS,
    LFS_MEND,
    LFS_START,
    PHOTO_SUFFIXES,
    RAW_MEND,
    TIFF_MEND,
    UNREAD_SUFFIXES,
    is_described_tiff,
    is_heic,
    is_raw,
    is_raw_tiff,
    read_heic,
)
from leafgraft.data.decode.png import load_png
from leafgraft.errors import LeafgraftError
from leafgraft.records.digest import photo_id_of

LARGEST_BYTES = 500_000_000  # no photo is larger, and a folder may hold a disk image by mistake
MAXIMUM_PIXELS = 200_000_000
TOO_MANY_PIXELS = f"it has more than {MAXIMUM_PIXELS:,} pixels"
SIZE_MEND = "save it smaller"
MEND_PATH = "mend the path"
DOWNLOAD = "download the photo and name its file"
_SCHEMES = frozenset({"http:", "https:", "ftp:", "s3:", "gs:", "file:"})
Image.MAX_IMAGE_PIXELS = MAXIMUM_PIXELS  # Pillow's own limit lies at 179 million pixels


class UnreadableError(Exception):
    """A file is not a photo that can be read; the message says why. Such files are listed, never raised to the user.

    Args:
        reason: Why, in words.
        mend: What makes it readable, where nothing is wrong with the photo itself.
    """

    def __init__(self, reason: str, mend: str = "") -> None:
        super().__init__(f"{reason}: {mend}" if mend else reason)
        self.reason, self.mend = reason, mend


def read_photo_file(path: Path) -> bytes:
    """Bytes of a file that should be a photo.

    Raises:
        UnreadableError: There is none, it is an address, a folder, pipe or device, it is larger than any photo, or the
            system refuses it.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("it is not a file", MEND_PATH)
        if status.st_size > LARGEST_BYTES:
            raise UnreadableError(f"it has more than {LARGEST_BYTES:,} bytes", SIZE_MEND)
        return path.read_bytes()
    except FileNotFoundError:
        if _SCHEMES.intersection(path.parts):
            raise UnreadableError("it is an address, not a path", DOWNLOAD) from None
        raise UnreadableError("there is no such file", MEND_PATH) from None
    except OSError as error:
        raise UnreadableError(f"the system said: {error.strerror or error}", "mend its permissions") from error
    except ValueError as error:
        raise UnreadableError(f"no file can have this name: {error}", MEND_PATH) from error


def photo_id_at(path: Path) -> str:
    """What a photo is known by; empty where no file can be read, which whoever scans it says."""
    try:
        return photo_id_of(read_photo_file(path))
    except UnreadableError:
        return ""


@contextmanager
def open_photo(content: bytes) -> Iterator[Image.Image]:
    """Open the bytes of a photo; only its header is read.

    Raises:
        UnreadableError: Empty, not an image, broken, larger than 200 million pixels, camera raw, JPEG XL, a pointer
            of Git LFS, a TIFF of a kind that is not read, or HEIC where pillow-heif is not installed.
    """
    if not content:
        raise UnreadableError("the file is empty")
    head = content[:HEAD_BYTES]
    _check_kind(content, head)
    try:
        with _QUIET, Image.open(io.BytesIO(content)) as image:
            _check_size(image)
            yield image
    except (UnreadableError, LeafgraftError, MemoryError):
        raise
    except UnidentifiedImageError:
        if is_described_tiff(content):
            raise UnreadableError("a TIFF of a kind that is not read", TIFF_MEND) from None
        kind = "a HEIC photo that is cut or damaged" if is_heic(head) else "it is not an image that can be read"
        raise UnreadableError(kind) from None
    except Image.DecompressionBombError:
        raise UnreadableError(TOO_MANY_PIXELS, SIZE_MEND) from None
    except Exception as error:  # damaged files reach every corner of the decoders; one of them never stops a run
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnreadableError(f"it is truncated or damaged: {reason}") from error


def is_photo_file(path: Path) -> bool:
    """Whether a file is meant as a photo by its suffix, or is one by its content, whatever its name."""
    if path.name.startswith("."):
        return False
    if path.suffix.lower() in PHOTO_SUFFIXES | UNREAD_SUFFIXES:
        return True
    try:
        content = io.BytesIO() if not path.is_file() else path.open("rb")
        with content, _QUIET:
            head = content.read(HEAD_BYTES)
            if is_heic(head) or is_raw(head) or head.startswith(JPEG_XL_STARTS[1]):
                return True
            content.seek(0)
            with Image.open(content) as image:
                return image.format in FORMATS
    except Exception:  # noqa: BLE001 - whatever a reader of images stumbles over is no photo
        return False


def _check_kind(content: bytes, head: bytes) -> None:
    """Nothing is wrong with such a photo, but that it is not read here."""
    if is_raw(head) or is_raw_tiff(content):
        raise UnreadableError("a camera raw file, or a TIFF whose first picture is a thumbnail", RAW_MEND)
    if head.startswith(JPEG_XL_STARTS):
        raise UnreadableError("a JPEG XL photo", JPEG_XL_MEND)
    if head.startswith(LFS_START):
        raise UnreadableError("a pointer of Git LFS in place of the photo", LFS_MEND)
    if is_heic(head) and not read_heic():
        raise UnreadableError("a HEIC photo", HEIC_MEND)


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MAXIMUM_PIXELS:
        raise UnreadableError(TOO_MANY_PIXELS, SIZE_MEND)


class _Quiet:
    """Hushes Pillow's warnings (odd EXIF, size: both are checked here) while any thread reads a photo.

    The list of warning filters belongs to the whole process, so the first thread in changes it and the last one out
    puts it back; `warnings.catch_warnings` in each thread would put it back in the wrong order.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\b")

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._filters.__exit__(None, None, None)


_QUIET = _Quiet()


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def load_photo(image: Image.Image) -> Image.Image:
    """Decode in full what `open_photo` gives, inside of it; what lies outside of the first frame is transparent.

    Raises:
        OSError: It is not whole, which `open_photo` says.
    """
    if isinstance(image, PngImageFile):
        return load_png(image)
    frame = _first_frame(image)
    image.load()
    if frame is None or frame == (0, 0, *image.size) or "transparency" in image.info:
        return image
    shown, alpha = image.convert("RGB"), Image.new("L", image.size)
    alpha.paste(255, frame)
    shown.putalpha(alpha)
    return shown


def _first_frame(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Where the first frame of an animation lies that has no transparency of its own, which Pillow leaves black around.

    Left, top, right and bottom in pixels; None for other photos.
    """
    if isinstance(image, GifImageFile) and image.tile:
        return image.tile[0].extents
    if not isinstance(image, WebPImageFile) or image.mode != "RGB":
        return None
    content, place = cast("io.BytesIO", image.fp).getvalue(), 12
    while place + 24 <= len(content):
        if content[place : place + 4] == b"ANMF":
            left, top, width, height = (
                int.from_bytes(content[at : at + 3], "little") for at in range(place + 8, place + 20, 3)
            )
            return 2 * left, 2 * top, 2 * left + width + 1, 2 * top + height + 1
        size = int.from_bytes(content[place + 4 : place + 8], "little")
        place += 8 + size + size % 2
    return None


def to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Decode in full, turn upright by EXIF, and convert to RGB, uint8, shape (H, W, 3); see `upright_rgb`."""
    return np.asarray(upright_rgb(image), dtype=np.uint8).copy()


def upright_rgb(image: Image.Image) -> Image.Image:
    """Decode in full, turn upright by EXIF, and convert to RGB.

    Grey at 16 bits is scaled by 255/65535; 32-bit and floating-point grey from its own range (from 0 to 1 if it stays
    within). Colour at 16 bits keeps its high bytes, as Pillow reads it. Transparency is laid over white; of an
    animation the first frame is taken; CMYK is converted as Pillow does, without a colour profile.
    """
    image.info.pop("xmp", None)  # by which Pillow would turn a TIFF file; see read_orientation
    image = load_photo(image)
    turn = _TURNS.get(read_orientation(image))
    image = image.transpose(turn) if turn is not None else image
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_grey_to_8_bits(image)).convert("RGB")
    if "transparency" in image.info or image.mode in {"RGBA", "LA", "PA", "RGBa", "La"}:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, layer)
    return image.convert("RGB")


def _grey_to_8_bits(image: Image.Image) -> NDArray[np.uint8]:
    grey = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0)
    if image.mode.startswith("I;16") or (image.mode == "I" and 255 < grey.max() <= 65535):
        return np.asarray(np.rint(grey * (255 / 65535)), dtype=np.uint8)
    low, high = min(0.0, float(grey.min())), max(255.0, float(grey.max()))
    if image.mode == "F" and grey.max() <= 1.0:
        high = 1.0
    return np.asarray(np.rint(np.clip((grey - low) / (high - low), 0, 1) * 255), dtype=np.uint8)
