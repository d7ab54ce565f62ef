"""Short names for long things: the first hexadecimal digits of a SHA-256 sum."""

from __future__ import annotations

import hashlib

PHOTO_DIGITS = 16


def short_digest(content: str | bytes, digits: int) -> str:
    """The first `digits` hexadecimal digits of the SHA-256 sum; text counts as UTF-8.

    Example:
        >>> short_digest("leaf", 8)
        '9f91161f'
    """
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:digits]


def photo_id_of(content: bytes) -> str:
    """The ``photo_id`` of a photo file."""
    return short_digest(content, PHOTO_DIGITS)
