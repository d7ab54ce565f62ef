"""What a phone is given: what to tap, the certificate, the page; it tells whether it keeps it."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from leafgraft.web.delivery.certificate import Certificate
from leafgraft.web.delivery.phones import CERTIFICATE, Phones, Watched
from leafgraft.web.delivery.steps import TAPS, read_steps
from leafgraft.web.phone import STATIC
from leafgraft.web.safeguards import BehindToken, guard, language_of

START, READY = "start", "ready"


def create_delivery(page: Path, certificate: Certificate, token: str, phones: Phones) -> ASGIApp:
    """Build the service that delivers a page.

    Args:
        page: Folder of the phone page, which tells at `READY` whether it is kept.
        certificate: What phones are asked to trust.
        token: First part of every path; all else is refused.
        phones: Notes who came, and what each was given and told.
    """
    app = FastAPI(title="leafgraft", docs_url=None, redoc_url=None, openapi_url=None)

    def start(request: Request) -> HTMLResponse:
        language = language_of(request)
        text = (STATIC / "start" / f"{language}.html").read_text(encoding="utf-8")
        filled = text.replace("@FINGERPRINT@", certificate.fingerprint).replace("@STEPS@", read_steps(language))
        return HTMLResponse(filled)

    def authority() -> Response:
        return Response(certificate.authority, media_type="application/x-x509-ca-cert")

    def ready(request: Request, *, kept: bool = True) -> Response:
        phones.hear(phones.at(request), keeps=kept)
        return Response(status_code=204)

    app.add_api_route(f"/{START}", start, response_model=None)
    app.add_api_route(f"/{CERTIFICATE}", authority, response_model=None)
    app.add_api_route(f"/{READY}", ready, methods=["POST"], response_model=None)
    app.mount(f"/{TAPS.name}", StaticFiles(directory=TAPS))
    app.mount("/", StaticFiles(directory=page, html=True))
    return BehindToken(Watched(guard(app), phones), token)
