"""Atomic writes: a reader sees the old file or the whole new one, never a part."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from leafgraft.errors import StudyFolderError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray  # commands that read no arrays start without numpy

PAGE_BEGINS = "<!doctype html>"
DEVICES = Path("/dev")
ON_WINDOWS = os.name == "nt"
FULL = {errno.ENOSPC: "The disk is full.", errno.EDQUOT: "Your quota of the disk is used up."}
MAKE_ROOM = "Free some space and run the same command again: it goes on where it stopped."
PATIENCE_S = 3.0  # on Windows, until whoever has a file open, such as a virus scanner, lets go of it


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path`; on success sync it and rename it to `path`.

    What else fails in the block, as where it prints, too, is not said of `path`.

    Raises:
        StudyFolderError: The disk is full, or the folder cannot be written.
    """
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
    try:
        with io.BufferedWriter(_File(handle, path)) as file:
            yield file
            with _writing(path):
                file.flush()
                os.fsync(file.fileno())
        with _writing(path):
            Path(temporary).chmod(0o644)
            rename(Path(temporary), path)
            _sync_folder(path.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class _File(io.FileIO):
    """A file that is open already; what fails while it is written is said of `path`."""

    def __init__(self, handle: int, path: Path) -> None:
        super().__init__(handle, "wb")
        self._path = path

    def write(self, content: Any, /) -> int:
        with _writing(self._path):
            return super().write(content)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically."""
    with atomic_file(path) as file:
        file.write(content)


def move_file(source: Path, path: Path) -> None:
    """Move a whole, synced file to `path` atomically, across file systems too.

    Raises:
        FileNotFoundError: There is no such file.
        StudyFolderError: The disk is full, or the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        rename(source, path)
        _sync_folder(path.parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise cannot_write(path, error) from error
        with atomic_file(path) as file, source.open("rb") as opened:
            shutil.copyfileobj(opened, file)
        source.unlink()


def rename(source: Path, path: Path) -> None:
    """Rename a file over what is there, or a folder to a free name; on Windows others may have it open a moment.

    Raises:
        OSError: It cannot be renamed.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            source.replace(path)
        except PermissionError:
            if not ON_WINDOWS or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def replace_folder(made: Path, folder: Path) -> None:
    """Put a whole new folder in the place of `folder`: a reader meets the old one, none, or the new one.

    Raises:
        StudyFolderError: It cannot be renamed.
    """
    old = folder.with_name(f".{folder.name}.old.part")
    try:
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            rename(folder, old)  # deleted only afterwards: half a folder never bears the name
        rename(made, folder)
        _sync_folder(folder.parent)
    except OSError as error:
        raise cannot_write(folder, error) from error
    shutil.rmtree(old, ignore_errors=True)


def write_text(path: Path, content: str) -> None:
    """Write `content` to `path` atomically as UTF-8."""
    write_bytes(path, content.encode())


def begin_of(path: Path, letters: int) -> str:
    """The first letters of a file, but for a mark of its encoding; what is no UTF-8 is replaced.

    Raises:
        OSError: It cannot be read.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return file.read(letters)


def check_replaceable(path: Path, beginning: str) -> None:
    """Leave a file alone that is no earlier one of the kind that is to be written.

    Args:
        path: Where to write.
        beginning: Of every file of that kind.

    Raises:
        UsageError: There is a file that begins otherwise, a folder, or a device of the system, as /dev/stdout.
    """
    if path.absolute().parent == DEVICES or (path.exists() and not path.is_file()):
        found = "It is a folder, a device or a pipe."
    elif path.exists() and begin_of(path, len(beginning)) not in {"", beginning}:
        found = f"There is a file that does not begin with '{beginning}', and would be replaced."
    else:
        return
    raise UsageError(f"'{path}' must be a new file, or an earlier one of leafgraft's.", found, "Name another file.")


def write_json(path: Path, value: object) -> None:
    """Write a record, mapping or list as indented JSON. Not-a-number is refused by the encoder."""
    write_text(path, to_json(value) + "\n")


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as a compressed npz without pickles."""
    write_bytes(path, npz_bytes(arrays))


def npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """A compressed npz without pickles; the same arrays give the same bytes."""
    import numpy as np  # noqa: PLC0415 - see above

    buffer = io.BytesIO()
    savez: Callable[..., None] = np.savez_compressed
    savez(buffer, **arrays, allow_pickle=False)
    return buffer.getvalue()


def to_json(value: object) -> str:
    """Encode records, numpy numbers and tuples as JSON."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=_encode)


def _encode(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if callable(plain := getattr(value, "tolist", None)):  # of numpy: a number or an array
        result: object = plain()
        return result
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _sync_folder(folder: Path) -> None:
    if ON_WINDOWS:  # a folder cannot be opened there; its file system keeps names in a journal
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cannot_write(path: Path, error: OSError) -> StudyFolderError:
    """Say in words why `path` could not be written."""
    if error.errno in FULL:
        found, mend = FULL[error.errno], MAKE_ROOM
    else:
        found = f"The system said: {error.strerror or error}."
        mend = "Choose a place that you may write to, or mend its permissions."
    return StudyFolderError(f"'{path}' must be written.", found, mend)
