"""Checksums: what was changed, cut or lost since it was written is found and named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

Say = Callable[[str], None]


def checksum_of(content: bytes) -> str:
    """SHA-256 as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def checksum_of_file(path: Path) -> str:
    """SHA-256 of a file as hexadecimal digits, read in pieces; empty where it is missing or cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def differing(folder: Path, sums: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the files in `folder` that are missing, or other than their checksums say."""
    return tuple(name for name, wanted in sums.items() if checksum_of_file(folder / name) != wanted)


def silently(_line: str) -> None:
    """Say nothing."""
