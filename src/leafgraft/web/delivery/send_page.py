"""The page for this computer's screen: a large code, what to tap, and which phone has everything."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass

import segno
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp

from leafgraft.languages.speaking import LANGUAGES
from leafgraft.web.delivery.phones import Phones
from leafgraft.web.delivery.steps import TAPS, read_steps, without_links
from leafgraft.web.labelling.gate import FRESH, PAGE, SHARED, Gate, PageFiles
from leafgraft.web.phone import STATIC
from leafgraft.web.safeguards import BehindToken

SEND, OPEN = STATIC / "send", STATIC / "open"
SHARED_TOO = {
    **SHARED,
    "style.css": PAGE / "style.css",
    "open.css": OPEN / "open.css",
    "parts.js": OPEN / "parts.js",
    **{f"{TAPS.name}/{code}.svg": TAPS / f"{code}.svg" for code in LANGUAGES},
}


@dataclass(frozen=True, slots=True)
class SendPage:
    """Answers the browser of this computer, and no other: the code that it shows opens the phone page.

    Attributes:
        address: What phones open.
        fingerprint: Fingerprint of the certificate that they are asked to trust.
        phones: Who came.
        gate: Who may ask.
    """

    address: str
    fingerprint: str
    phones: Phones
    gate: Gate

    def index(self) -> HTMLResponse:
        """The page; it holds the steps of every language, and shows those of one."""
        steps = (f'<div class="steps" lang="{code}">\n{without_links(read_steps(code))}</div>' for code in LANGUAGES)
        return self.gate.page(PageFiles("send", SEND, ("style", "open", "send")), STEPS="\n".join(steps))

    def state(self) -> JSONResponse:
        """What to type, and how far each phone is."""
        told = {"address": self.address, "fingerprint": self.fingerprint, "phones": self.phones.to_json()}
        return JSONResponse({**told, "languages": LANGUAGES}, headers=FRESH)

    def code(self) -> Response:
        """The address as a QR code."""
        drawn = io.BytesIO()
        segno.make(self.address, error="l", micro=False).save(drawn, kind="svg", xmldecl=False, scale=6)
        return Response(drawn.getvalue(), media_type="image/svg+xml", headers=FRESH)


def create_send_page(address: str, fingerprint: str, phones: Phones, host: str) -> tuple[ASGIApp, str]:
    """Build the page as a service.

    Args:
        address: What phones open.
        fingerprint: Fingerprint of the certificate that they are asked to trust.
        phones: Who came.
        host: Address that is listened on: one of this computer alone.

    Returns:
        What answers, and the token: the first part of every path, another than the phones'.
    """
    token = secrets.token_urlsafe(16)
    page = SendPage(address, fingerprint, phones, Gate(host, lambda _: None, "page"))
    gets = {"/": page.index, "/state.json": page.state, "/code.svg": page.code}
    return BehindToken(page.gate.serve("leafgraft serve --phone", gets, {}, SEND, SHARED_TOO), token), token
