"""Reads the photos of a request within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from leafgraft.web.limits import Limits, Refusal

SLOW = "too slow"


@dataclass(frozen=True, slots=True)
class Upload:
    """One photo as it came.

    Attributes:
        name: File name that the client gave.
        content: Its bytes.
    """

    name: str
    content: bytes


class Body:
    """The body of a request as it comes: bounded, and read to its end where the request is refused early."""

    def __init__(self, request: Request, limits: Limits) -> None:
        self._receive = request.receive
        self._limits = limits
        self._got = 0
        self._ended = False

    async def receive(self) -> Message:
        """Pass a part on.

        Raises:
            Refusal: 413 if the parts are more than a request may have.
        """
        message = await self._receive()
        self._got += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._got > self._limits.request_bytes:
            raise _too_large(self._limits)
        return message

    async def discard(self) -> None:
        """Read what is left, for as long as a request may take: many clients hear an answer only once all is sent."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.duration_s):
                while not self._ended:
                    self._ended = not (await self._receive()).get("more_body", False)


async def read_uploads(request: Request, body: Body, limits: Limits) -> list[Upload]:
    """Read all photos of a request: the files of a form, or one photo as the body.

    Raises:
        Refusal: 413 too large or too many, 415 another content type, 422 no photo, 503 too slow.
    """
    kind = _content_type(request)
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limits.request_bytes:
        raise _too_large(limits)
    bounded = Request(request.scope, body.receive)
    try:
        async with asyncio.timeout(limits.duration_s):
            return await (_read_form(bounded, limits) if kind == "multipart/form-data" else _read_body(bounded, limits))
    except TimeoutError:
        raise Refusal(503, SLOW, f"The photos did not arrive within {limits.duration_s:g} s.", 1) from None
    except ClientDisconnect:
        raise Refusal(422, "cut off", "The connection ended before the photos were whole.") from None


def each_once(uploads: Sequence[Upload]) -> list[Upload]:
    """Each photo once, in order: in a pool, a copy would count as another leaf."""
    found: dict[bytes, Upload] = {}
    for one in uploads:
        found.setdefault(one.content, one)
    return list(found.values())


def _content_type(request: Request) -> str:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    is_empty = request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers
    if not kind and is_empty:
        raise Refusal(422, "no photo", "The request is empty. Send photos as files in the field 'photos'.")
    if kind != "multipart/form-data" and not kind.startswith("image/"):
        found = f"It is {kind!r}." if kind else "It has none."
        raise Refusal(415, "wrong type", f"The content type must be multipart/form-data or image/*. {found}")
    return kind


async def _read_form(request: Request, limits: Limits) -> list[Upload]:
    try:
        form = await request.form(max_files=limits.photos, max_fields=limits.photos)
    except HTTPException as error:
        if "Too many files" in str(error.detail):
            raise Refusal(413, "too many photos", f"A request may hold {limits.photos} photos.") from None
        raise Refusal(422, "broken form", f"The form cannot be read: {error.detail}.") from None
    try:
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        texts = [name for name, value in form.multi_items() if not isinstance(value, UploadFile)]
        if texts:
            words = f"The field '{texts[0][:80]}' holds text. Send photos as files (curl: -F photos=@FILE)."
            raise Refusal(422, "no photo", words)
        if not files:
            raise Refusal(422, "no photo", "The form holds no file. Send photos as files in the field 'photos'.")
        for file in files:
            if (file.size or 0) > limits.photo_bytes:
                raise _photo_too_large(limits)
        return [Upload(file.filename or "", await file.read()) for file in files]
    finally:
        await form.close()


async def _read_body(request: Request, limits: Limits) -> list[Upload]:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > limits.photo_bytes:
            raise _photo_too_large(limits)
    if not content:
        raise Refusal(422, "no photo", "The body is empty.")
    return [Upload("", bytes(content))]


def _too_large(limits: Limits) -> Refusal:
    return Refusal(413, "request too large", f"A request may hold {limits.request_bytes:,} bytes.")


def _photo_too_large(limits: Limits) -> Refusal:
    return Refusal(413, "photo too large", f"A photo may hold {limits.photo_bytes:,} bytes.")
