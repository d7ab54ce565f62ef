"""What a phone is given: what to tap, the certificate, the page; and who has it all is said."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from leafgraft.web.delivery.certificate import Certificate
from leafgraft.web.limits import Refusal
from leafgraft.web.phone import STATIC
from leafgraft.web.safeguards import guard, refused

START, READY = "start", "ready"
LANGUAGES = ("en", "ko")  # of the start page
SYSTEMS = {"Android": "Android phone", "iPhone": "iPhone", "iPad": "iPad"}  # as browsers name them, as people do


def create_delivery(page: Path, certificate: Certificate, token: str, on_ready: Callable[[str], None]) -> ASGIApp:
    """Build the service that delivers a page.

    Args:
        page: Folder of the phone page, which tells at `READY` when it is whole.
        certificate: What phones are asked to trust.
        token: First part of every path; all else is refused.
        on_ready: Told once of every phone that has everything, in words.
    """
    app = FastAPI(title="leafgraft", docs_url=None, redoc_url=None, openapi_url=None)
    told: set[str] = set()

    def start(request: Request) -> HTMLResponse:
        wanted = request.headers.get("accept-language", "").strip().casefold()[:2]
        language = wanted if wanted in LANGUAGES else LANGUAGES[0]
        text = (STATIC / "start" / f"{language}.html").read_text(encoding="utf-8")
        return HTMLResponse(text.replace("@FINGERPRINT@", certificate.fingerprint))

    def authority() -> Response:
        return Response(certificate.authority, media_type="application/x-x509-ca-cert")

    def ready(request: Request) -> Response:
        agent, address = request.headers.get("user-agent", ""), request.client.host if request.client else "unknown"
        words = f"{next((said for name, said in SYSTEMS.items() if name in agent), 'browser')} at {address}"
        if words not in told:
            told.add(words)
            on_ready(words)
        return Response(status_code=204)

    app.add_api_route(f"/{START}", start, response_model=None)
    app.add_api_route("/leafgraft.crt", authority, response_model=None)
    app.add_api_route(f"/{READY}", ready, methods=["POST"], response_model=None)
    app.mount("/", StaticFiles(directory=page, html=True))
    return _Token(guard(app), token)


class _Token:
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
            words = "This address lacks the token. Use the one that the command printed, or its code."
            await refused(Refusal(403, "no token", words))(scope, receive, send)
            return
        path = f"/{rest[0]}"
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
