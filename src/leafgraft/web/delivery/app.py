"""What a phone is given: what to tap, the certificate, the page; and who has it all is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from leafgraft.web.delivery.certificate import Certificate
from leafgraft.web.phone import STATIC
from leafgraft.web.safeguards import BehindToken, guard, language_of

START, READY = "start", "ready"
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
        text = (STATIC / "start" / f"{language_of(request)}.html").read_text(encoding="utf-8")
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
    return BehindToken(guard(app), token)
