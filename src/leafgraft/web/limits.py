"""What the service takes, and how it says no."""

from __future__ import annotations

import os
from dataclasses import dataclass

from PIL import UnidentifiedImageError

from leafgraft.data.decode.photo import UnreadableError


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one service.

    Attributes:
        photo_bytes: Most bytes of one photo.
        request_bytes: Most bytes of one request.
        photos: Most photos in one request.
        pixels: Most pixels of one photo.
        large_pixels: Photos of more are answered one at a time: 50 megapixels take 1.4 GB.
        duration_s: From the first byte of a request to its answer; reading and answering have it each.
        requests: At once, being read, waiting or being answered.
        workers: Photos answered at once.
    """

    photo_bytes: int = 10_000_000
    request_bytes: int = 40_000_000
    photos: int = 16
    pixels: int = 50_000_000
    large_pixels: int = 16_000_000
    duration_s: float = 10.0
    requests: int = 64
    workers: int = os.cpu_count() or 1


class Refusal(Exception):  # noqa: N818 - an answer to a client, not an error of the service
    """A request that is not answered.

    Args:
        status: HTTP status.
        code: Fixed word for programs.
        reason: Sentence for people.
        retry_s: Seconds after which trying again makes sense; 0: never.
    """

    def __init__(self, status: int, code: str, reason: str, retry_s: int = 0) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason, self.retry_s = status, code, reason, retry_s

    def to_json(self) -> dict[str, str]:
        """Body of the answer."""
        return {"error": self.code, "reason": self.reason}

    def headers(self) -> dict[str, str]:
        """Headers that belong to the status."""
        found = {"Retry-After": str(self.retry_s)} if self.retry_s else {}
        if self.status == 401:
            found["WWW-Authenticate"] = "Bearer"
        return found


def refuse_photo(error: UnreadableError) -> Refusal:
    """Say which status belongs to an unreadable photo: 413 for its size, 415 for no photo at all, 422 for damage."""
    reason = f"The photo cannot be answered: {error}."
    if "pixels" in str(error):
        return Refusal(413, "too many pixels", reason)
    if isinstance(error.__context__, UnidentifiedImageError):
        return Refusal(415, "not a photo", reason)
    return Refusal(422, "unreadable photo", reason)
