"""What every service does alike: it says no in JSON, with headers that keep photos where they are."""

from __future__ import annotations

import hmac
import mimetypes
from html import escape

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leafgraft.languages.speaking import language_of_browser, said, speaking, spoken
from leafgraft.web.limits import Refusal
from leafgraft.web.phone import POLICY, STATIC

ELSEWHERE = STATIC / "elsewhere.html"  # what a person sees at an address that is of no command
PAGE_POLICY = f"{POLICY}; frame-ancestors 'none'"
DOCS_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Of the files that pages need. The system may call them otherwise, or not at all: where a registry of Windows says
# text/plain for .js, every page would be dead, as browsers are told not to guess.
KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
for _suffix, _kind in KINDS.items():
    mimetypes.add_type(_kind, _suffix)


def guard(app: FastAPI, *, for_people: bool = False) -> ASGIApp:
    """Explain refusals and errors in JSON, and give every answer the headers, errors too.

    Args:
        app: The service.
        for_people: Whether its page shows reasons to a person: they are then in the language that the page asks for.
    """
    app.add_exception_handler(RequestValidationError, _explain_values)
    for kind in (Refusal, HTTPException, Exception):
        app.add_exception_handler(kind, _explain_to_person if for_people else _explain)
    return _Policies(app)


def refused(refusal: Refusal) -> JSONResponse:
    """Answer that says no."""
    return JSONResponse(refusal.to_json(), refusal.status, refusal.headers())


def language_of(request: Request) -> str:
    """The language that a browser, or the page in it, asks for."""
    return language_of_browser(request.headers.get("accept-language", ""))


class BehindToken:
    """Lets through what is asked below the token, and takes the token off the path."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _, first, *rest = [*scope["path"].split("/", 2), ""][:3]
        if not hmac.compare_digest(first.encode(), self._token):
            await _without_token(Request(scope))(scope, receive, send)
            return
        if not scope["path"].endswith("/") and not rest[0]:  # what the page names beside itself would lack the token
            await RedirectResponse(f"/{self._token.decode()}/")(scope, receive, send)
            return
        path = f"/{rest[0]}"
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)


def _without_token(request: Request) -> Response:
    """Say no to a page whose command is gone, in JSON; to a person who opens such an address, on a page."""
    with speaking(language_of(request)):
        words = said("This address is of no command that runs now. Open the one that the command shows, or its code.")
        if "text/html" not in request.headers.get("accept", ""):
            return refused(Refusal(403, "no token", words))
        page = ELSEWHERE.read_text(encoding="utf-8").replace("@LANGUAGE@", spoken()).replace("@WORDS@", escape(words))
        return HTMLResponse(page, 403, {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"})


def _refusal_of(error: Exception) -> Refusal:
    """Of an error of our own, no detail leaves the machine."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, HTTPException):
        return Refusal(error.status_code, "refused", f"{error.detail}.")
    return Refusal(500, "failed", "The service met a case that it does not know; its log says more.")


async def _explain(_request: Request, error: Exception) -> Response:
    """Say no in JSON."""
    response = refused(_refusal_of(error))
    if isinstance(error, HTTPException):
        response.headers.update(error.headers or {})
    return response


async def _explain_to_person(request: Request, error: Exception) -> Response:
    """Say no in the language of the page."""
    no = _refusal_of(error)
    with speaking(language_of(request)):
        return await _explain(request, Refusal(no.status, no.code, said(no.reason), no.retry_s))


async def _explain_values(_request: Request, error: Exception) -> Response:
    """Name the first part of a request's address that has a wrong value."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    faults = [f"'{one['loc'][-1]}': {one['msg'].lower()}" for one in found]
    return refused(Refusal(422, "wrong value", f"The address has a wrong value: {'; '.join(faults)}."))


class _Policies:
    """Gives every answer the headers that keep photos where they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back with the headers."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                policy = DOCS_POLICY if scope["path"].startswith("/docs/") else PAGE_POLICY
                headers.setdefault("Content-Security-Policy", policy)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers.setdefault("Cache-Control", "no-cache")  # a browser asks whether its copy is of another bundle
            await send(message)

        await self._app(scope, receive, send_guarded)
