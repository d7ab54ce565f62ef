"""What every page on which people answer shares: who may ask and write, photos, answers that could not be kept."""

from __future__ import annotations

import hmac
import ipaddress
import json
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from leafgraft.data.decode.photo import UnreadableError
from leafgraft.errors import LeafgraftError
from leafgraft.records.digest import short_digest
from leafgraft.storage.files.atomic import FULL
from leafgraft.web.labelling.shown_photo import show_photo
from leafgraft.web.limits import Refusal, refuse_photo
from leafgraft.web.phone import STATIC
from leafgraft.web.safeguards import guard

Said = TypeVar("Said")
PAGE, FRAME = STATIC / "label", STATIC / "frame.html"
SHARED = {  # with the phone page; the words of these pages lie in their own folder
    "languages.js": STATIC / "phone" / "languages.js",
    "icon.svg": STATIC / "phone" / "icons" / "icon.svg",
}
TOKEN = "X-Leafgraft-Token"  # noqa: S105 - the name of a header
LONGEST_NOTE = 1000  # letters
MOST_BYTES = 16_384  # of one answer
FRESH = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class PageFiles:
    """What one of these pages has of its own.

    Attributes:
        name: Name of its HTML file and of its script.
        folder: Where they lie, with what stands in its header.
        styles: Names of its stylesheets, in order.
    """

    name: str
    folder: Path = PAGE
    styles: tuple[str, ...] = ("style",)

    def text(self) -> str:
        """Frame, header and words; marks of the caller stand in it still."""
        frame, header, work = (
            path.read_text(encoding="utf-8")
            for path in (FRAME, self.folder / "header.html", self.folder / f"{self.name}.html")
        )
        styles = "".join(f'<link rel="stylesheet" href="{one}.css">\n' for one in self.styles)
        own = {"HEADER": header, "WORK": work, "STYLES": styles, "SCRIPT": self.name}
        for mark, value in own.items():
            frame = frame.replace(f"@{mark}@", value)
        return frame


class Gate:
    """Lets those in who came by the address that was printed.

    Args:
        host: Address that is listened on.
        say: Told of every answer that cannot be kept, and of photos that cannot be shown.
        called: What refusals call the page.
    """

    def __init__(self, host: str, say: Callable[[str], None], called: str = "label page") -> None:
        self._say, self._called = say, called
        self._token = secrets.token_urlsafe(24)
        self._hosts = {_bare(one) for one in (host, "localhost", socket.gethostname())}

    def serve(
        self,
        title: str,
        gets: Mapping[str, Callable[..., Any]],
        posts: Mapping[str, Callable[..., Any]],
        page: Path = PAGE,
        shared: Mapping[str, Path] = SHARED,
    ) -> ASGIApp:
        """An application that answers these addresses for those who may ask, and gives out the files of the pages.

        Args:
            title: Its name.
            gets: What answers, by address.
            posts: What takes answers, by address.
            page: Folder of the page's own files.
            shared: Files of other pages that it has, too, by name.
        """
        app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None)
        checked = [Depends(self.check_host)]
        for method, addresses in {"GET": gets, "POST": posts}.items():
            for address, answer in addresses.items():
                app.add_api_route(address, answer, methods=[method], dependencies=checked, response_model=None)
        for name, file in shared.items():
            app.add_api_route(f"/{name}", _file(file), response_class=FileResponse)
        app.mount("/", StaticFiles(directory=page))
        return guard(app, for_people=True)

    def page(self, page: PageFiles, **marks: str) -> HTMLResponse:
        """The frame of all these pages with what one has of its own, and the token that every answer must carry.

        Args:
            page: What it has of its own.
            marks: What stands for which mark in it.
        """
        text = page.text()
        for mark, value in (marks | {"TOKEN": self._token}).items():
            text = text.replace(f"@{mark}@", value)
        return HTMLResponse(text, headers=FRESH)

    def photo(self, file: Path, path: str) -> Response:
        """One photo as a JPEG."""
        try:
            content = show_photo(file)
        except UnreadableError as error:
            self._say(f"'{path}' cannot be shown: {error}.")
            raise refuse_photo(error) from error
        headers = {"Cache-Control": "private, max-age=3600", "Cross-Origin-Resource-Policy": "same-origin"}
        return Response(content, media_type="image/jpeg", headers=headers)

    async def answer(self, request: Request) -> tuple[Mapping[str, Any], str]:
        """What was sent, and the note in it, from those who may write."""
        self._check_token(request)
        given = await _read(request)
        if not isinstance(given, dict):
            return {}, ""
        note = given.get("note", "")
        if not isinstance(note, str) or len(note) > LONGEST_NOTE:
            raise Refusal(422, "note", f"A note is text of at most {LONGEST_NOTE:,} letters.")
        return given, note

    def reading(self, what: str, read: Callable[[], Said]) -> Said:
        """What was said so far; a file of that name that cannot be read any more is told the browser."""
        try:
            return read()
        except LeafgraftError as error:
            raise Refusal(500, what, f"{error.asked} {error.found} {error.mend}") from error

    def unsaved(self, what: str, error: LeafgraftError) -> Refusal:
        """What could not be kept or begun, in a sentence, why, and what to do."""
        why = f"{error.asked} {error.found} {error.mend}"
        self._say(f"{what} {why}")
        full = getattr(error.__cause__, "errno", None) in FULL
        return Refusal(507 if full else 500, "not saved", why)

    def check_host(self, request: Request) -> None:
        """Refuse a name that somebody else made lead here (DNS rebinding): numbers and this machine's names will do."""
        name = (urlsplit(f"//{request.headers.get('host', '')}").hostname or "").casefold()
        try:
            ipaddress.ip_address(name)
        except ValueError:
            if _bare(name) not in self._hosts:
                found = f"'{name}' is no name of this machine that the {self._called} knows."
                raise Refusal(421, "another name", f"{found} Use the address that the command printed.") from None

    def _check_token(self, request: Request) -> None:
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
            raise Refusal(403, "another page", f"Only the {self._called} itself may write.")
        if not hmac.compare_digest(request.headers.get(TOKEN, "").encode(), self._token.encode()):
            raise Refusal(403, "old page", f"The {self._called} was started anew. Load it again.")


def _bare(name: str) -> str:
    """A machine's name, whether or not it is that of its local network."""
    return name.casefold().removesuffix(".local")


def identity_of(file: Path) -> str:
    """Changes with the file, so that browsers may keep a photo."""
    try:
        status = os.stat(file)  # noqa: PTH116 - thousands of them
    except OSError:
        return "gone"
    return short_digest(f"{file}\0{status.st_mtime_ns}\0{status.st_size}".encode(errors="surrogateescape"), 16)


def _file(path: Path) -> Callable[[], FileResponse]:
    return lambda: FileResponse(path)


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
