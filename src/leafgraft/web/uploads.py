"""Reads the photos of a request within limits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from leafgraft.web.limits import Limits, Refusal


@dataclass(frozen=True, slots=True)
class Upload:
    """One photo as it came.

    Attributes:
        name: File name that the client gave.
        content: Its bytes.
    """

    name: str
    content: bytes


async def read_uploads(request: Request, limits: Limits) -> list[Upload]:
    """Read all photos of a request: the files of a form, or one photo as the body.

    Raises:
        Refusal: 413 too large or too many, 415 another content type, 422 no photo, 503 too slow.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "multipart/form-data" and not kind.startswith("image/"):
        found = f"It is {kind!r}." if kind else "It has none."
        raise Refusal(415, "wrong type", f"The content type must be multipart/form-data or image/*. {found}")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limits.request_bytes:
        raise _too_large(limits)
    counted = Request(request.scope, _counting(request.receive, limits))
    try:
        async with asyncio.timeout(limits.duration_s):
            return await (_read_form(counted, limits) if kind == "multipart/form-data" else _read_body(counted, limits))
    except TimeoutError:
        raise Refusal(503, "too slow", f"The photos did not arrive within {limits.duration_s:g} s.", 1) from None
    except ClientDisconnect:
        raise Refusal(422, "cut off", "The connection ended before the photos were whole.") from None


def _counting(receive: Receive, limits: Limits) -> Receive:
    """Pass the parts of a body on until they are more than a request may have."""
    got = 0

    async def counted() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > limits.request_bytes:
            raise _too_large(limits)
        return message

    return counted


async def _read_form(request: Request, limits: Limits) -> list[Upload]:
    try:
        form = await request.form(max_files=limits.photos, max_fields=limits.photos)
    except HTTPException as error:
        if "Too many files" in str(error.detail):
            raise Refusal(413, "too many photos", f"A request may hold {limits.photos} photos.") from None
        raise Refusal(422, "broken form", f"The form cannot be read: {error.detail}.") from None
    try:
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
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
