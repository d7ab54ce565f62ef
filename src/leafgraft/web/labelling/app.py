"""The label page: photos by number, and answers that are on the disk before the next photo shows."""

from __future__ import annotations

import errno
import hmac
import ipaddress
import json
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from leafgraft.data.decode.photo import UnreadableError
from leafgraft.errors import LeafgraftError
from leafgraft.records.digest import short_digest
from leafgraft.records.field_labels import CANNOT_TELL, NONE_OF_THESE, PhotoToLabel
from leafgraft.web.labelling.answers import Answers
from leafgraft.web.labelling.shown_photo import show_photo
from leafgraft.web.limits import Refusal, refuse_photo
from leafgraft.web.phone import STATIC
from leafgraft.web.safeguards import guard

PAGE = STATIC / "label"
SHARED = {  # with the phone page; the words of this page lie in its own folder
    "languages.js": STATIC / "phone" / "languages.js",
    "icon.svg": STATIC / "phone" / "icons" / "icon.svg",
}
TOKEN = "X-Leafgraft-Token"  # noqa: S105 - the name of a header
LONGEST_NOTE = 1000  # letters
MOST_BYTES = 16_384  # of one answer
LANGUAGES = {"en": "English", "ko": "한국어"}


class LabelPage:
    """Answers the browser.

    Args:
        answers: What was said so far, and where it goes.
        host: Address that is listened on.
        say: Told of every answer that cannot be kept.
    """

    def __init__(self, answers: Answers, host: str, say: Callable[[str], None]) -> None:
        self._answers, self._sheet, self._say = answers, answers.sheet, say
        self._token = secrets.token_urlsafe(24)
        self._hosts = {host.casefold(), "localhost", socket.gethostname().casefold()}

    def index(self, request: Request) -> HTMLResponse:
        """The page, with the token that every answer must carry."""
        self._check_host(request)
        page = (PAGE / "page.html").read_text(encoding="utf-8").replace("@TOKEN@", self._token)
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    def sheet(self, request: Request) -> JSONResponse:
        """All photos with what was said of them."""
        self._check_host(request)
        try:
            said = self._answers.read()
        except LeafgraftError as error:
            raise Refusal(500, "labels", f"{error.asked} {error.found} {error.mend}") from error
        photos = [
            {
                "path": photo.path,
                "source": f"photos/{number}?of={_identity(photo)}",
                "suggested": photo.suggested,
                "probability": photo.probability,
                "label": said[number].label if number in said else "",
                "note": said[number].note if number in said else "",
            }
            for number, photo in enumerate(self._sheet.photos)
        ]
        told = {"classes": self._sheet.classes, "none": NONE_OF_THESE, "unclear": CANNOT_TELL, "languages": LANGUAGES}
        about = {"labeller": self._sheet.labeller, "labels": str(self._sheet.labels), "study": self._sheet.study}
        return JSONResponse({**told, **about, "photos": photos}, headers={"Cache-Control": "no-store"})

    def photo(self, request: Request, number: int) -> Response:
        """One photo as a JPEG; its address changes with the file, so that browsers may keep it."""
        self._check_host(request)
        try:
            content = show_photo(self._named(number).file)
        except UnreadableError as error:
            self._say(f"'{self._named(number).path}' cannot be shown: {error}.")
            raise refuse_photo(error) from error
        headers = {"Cache-Control": "private, max-age=3600", "Cross-Origin-Resource-Policy": "same-origin"}
        return Response(content, media_type="image/jpeg", headers=headers)

    async def save(self, request: Request, number: int) -> JSONResponse:
        """Keep one answer; it is said to be kept only when it is on the disk."""
        self._check_host(request)
        self._check_token(request)
        photo = self._named(number)
        label, note = self._check_answer(await _read(request))
        try:
            kept = await run_in_threadpool(self._answers.save, number, label, note)
        except LeafgraftError as error:
            self._say(f"The answer to '{photo.path}' was not saved. {error.asked} {error.found}")
            full = getattr(error.__cause__, "errno", None) in {errno.ENOSPC, errno.EDQUOT}
            raise Refusal(507 if full else 500, "not saved", f"{error.asked} {error.found}") from error
        return JSONResponse({"label": kept.label, "note": kept.note, "time": kept.time})

    def _named(self, number: int) -> PhotoToLabel:
        if not 0 <= number < len(self._sheet.photos):
            raise Refusal(404, "no such photo", f"There are photos 0 to {len(self._sheet.photos) - 1}.")
        return self._sheet.photos[number]

    def _check_answer(self, given: Any) -> tuple[str, str]:
        label, note = (given.get("label"), given.get("note", "")) if isinstance(given, dict) else (None, "")
        if label not in self._sheet.answers:
            raise Refusal(422, "unknown label", f"A label is one of: {', '.join(self._sheet.answers)}.")
        if not isinstance(note, str) or len(note) > LONGEST_NOTE:
            raise Refusal(422, "note", f"A note is text of at most {LONGEST_NOTE:,} letters.")
        return label, note

    def _check_token(self, request: Request) -> None:
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
            raise Refusal(403, "another page", "Only the label page itself may write labels.")
        if not hmac.compare_digest(request.headers.get(TOKEN, "").encode(), self._token.encode()):
            raise Refusal(403, "old page", "The label page was started anew. Load it again.")

    def _check_host(self, request: Request) -> None:
        """Refuse a name that somebody else made lead here (DNS rebinding): numbers and this machine's names will do."""
        name = (urlsplit(f"//{request.headers.get('host', '')}").hostname or "").casefold()
        try:
            ipaddress.ip_address(name)
        except ValueError:
            if name.removesuffix(".local") not in self._hosts:
                found = f"'{name}' is no name of this machine that the label page knows."
                raise Refusal(421, "another name", f"{found} Use the address that the command printed.") from None


def create_label_app(answers: Answers, host: str, say: Callable[[str], None]) -> ASGIApp:
    """Build the page and what it asks.

    Args:
        answers: What was said so far, and where it goes.
        host: Address that is listened on.
        say: Told of every answer that cannot be kept.
    """
    page = LabelPage(answers, host, say)
    app = FastAPI(title="leafgraft label", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/", page.index, response_class=HTMLResponse)
    app.add_api_route("/sheet.json", page.sheet)
    app.add_api_route("/photos/{number}", page.photo)
    app.add_api_route("/labels/{number}", page.save, methods=["POST"])
    for name, file in SHARED.items():
        app.add_api_route(f"/{name}", _file(file), response_class=FileResponse)
    app.mount("/", StaticFiles(directory=PAGE))
    return guard(app)


def _file(path: Path) -> Callable[[], FileResponse]:
    return lambda: FileResponse(path)


def _identity(photo: PhotoToLabel) -> str:
    try:
        status = os.stat(photo.file)  # noqa: PTH116 - thousands of them
    except OSError:
        return "gone"
    return short_digest(f"{photo.file}\0{status.st_mtime_ns}\0{status.st_size}".encode(errors="surrogateescape"), 16)


async def _read(request: Request) -> Any:
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            raise Refusal(413, "too large", f"An answer has at most {MOST_BYTES:,} bytes.")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Refusal(422, "not JSON", "An answer is JSON.") from None
