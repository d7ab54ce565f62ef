"""Brings the phone page onto phones of the same network: what `serve --phone` does and says."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from leafgraft.cli.listening import (
    EVERY_ADDRESS,
    OWN_HOST,
    address_of,
    addresses_in_networks,
    answer_beside,
    answer_until_stopped,
    listen,
    network_address,
)
from leafgraft.cli.streams import answer, can_write, talk
from leafgraft.errors import UsageError

if TYPE_CHECKING:
    from leafgraft.web.delivery.certificate import Certificate

TOKEN_VARIABLE = "LEAFGRAFT_TOKEN"  # noqa: S105 - its name
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")  # as a part of an address
ON_THE_PHONE = """1. Join the phone to the network of this computer.
2. Point its camera at the code, or type the address.
3. It warns that it does not know this computer. Android: Advanced, Proceed.
   iPhone: Show Details, visit this website. The page then says what to tap.
The last address, opened on this computer, shows all that in pictures, a larger
code, and which phone has everything.
If it finds nothing: guest networks keep devices apart, and a firewall may close
the port; the phone's own hotspot works.
Stop with Ctrl+C."""


def deliver(bundle: Path, host: str, port: int, token: str, *, as_json: bool) -> None:
    """Bring the phone page onto phones of the same network, until it is stopped.

    Raises:
        UsageError: No phone could reach it, no certificate may hold its name, or the token fits into no address.
    """
    from tempfile import TemporaryDirectory

    import segno  # noqa: F401 - before anything is opened

    from leafgraft.web.bundle import read_bundle
    from leafgraft.web.delivery.app import READY, START, create_delivery
    from leafgraft.web.delivery.phones import Phones
    from leafgraft.web.delivery.send_page import create_send_page
    from leafgraft.web.phone import write_page

    token = _token_in_address(token)
    reached, read = _reached(host), read_bundle(bundle)
    certificate = _certificate(reached)
    with listen(reached, port) as listening, TemporaryDirectory(prefix="leafgraft-") as scratch:
        page = write_page(read, Path(scratch) / "phone", ready_at=READY)
        address = f"{address_of(reached, listening.getsockname()[1], 'https')}{token}/{START}"
        phones = Phones(page, _say_ready)
        send_page, own_token = create_send_page(address, certificate.fingerprint, phones, OWN_HOST)
        with answer_beside(send_page) as own_port:
            shown_at = f"{address_of(OWN_HOST, own_port)}{own_token}/"
            _say_where(address, certificate.fingerprint, shown_at, as_json=as_json)
            if not host:
                _say_others(reached)
            answer_until_stopped(create_delivery(page, certificate, token, phones), listening, certificate.context)
    talk.print("Stopped.")


def _say_where(address: str, fingerprint: str, send_page: str, *, as_json: bool) -> None:
    """Show the addresses on stdout alone: stderr may be kept in a log, and the tokens in them open the pages."""
    if as_json:
        typer.echo(json.dumps({"page": address, "sha256": fingerprint, "send_page": send_page}))
    else:
        _show_code(address)
        answer.tell(f"Phone page   {address}")
        answer.tell(f"Certificate  SHA-256 {fingerprint}")
        answer.tell(f"This screen  {send_page}")
    talk.print(ON_THE_PHONE)


def _token_in_address(token: str) -> str:
    """The token given, or a new one."""
    if token and not TOKEN.fullmatch(token):
        where = f"${TOKEN_VARIABLE}" if token == os.environ.get(TOKEN_VARIABLE) else "--token"
        raise UsageError(
            "The token of --phone is a part of an address: 8 to 64 letters, digits, - and _.",
            f"That of {where} has {len(token)} characters, or others than these.",
            f"Give another, or leave {where} empty for a new one.",
        )
    return token or secrets.token_urlsafe(12)


def _reached(host: str) -> str:
    """The address by which a phone reaches this machine; where no way leads further, as in a hotspot, its only one."""
    if host and host not in EVERY_ADDRESS:
        return host
    addresses = addresses_in_networks()
    found = "" if host else network_address() or (addresses[0] if len(addresses) == 1 else "")
    if found:
        return found
    refused = f"'{host}' is none that a phone could open." if host else ""
    asked = "--phone needs the address by which the phone reaches this computer."
    if addresses:
        several = "This computer has several, and no way out of its networks tells which."
        mend = f"Name the one of the network that the phone is in, with --host: {', '.join(addresses)}."
        raise UsageError(asked, refused or several, mend)
    raise UsageError(
        asked,
        refused or "This computer is in no network.",
        "Join both to one Wi-Fi, or this computer to the phone's hotspot, or name its address with --host. "
        "Without any: leafgraft export STUDY_DIR --zip, for a web address.",
    )


def _certificate(reached: str) -> Certificate:
    from leafgraft.web.delivery.certificate import make_certificate

    try:
        return make_certificate(reached)
    except UnicodeError as error:
        raise UsageError(
            "--phone needs an address, or a name that a certificate may hold: letters, digits and hyphens.",
            f"It is '{reached}'.",
            "Name the address of this computer in the network, as --host 192.168.0.10.",
        ) from error


def _say_others(reached: str) -> None:
    """Name the other addresses of this machine, in case the phone is in the network of one of them."""
    if others := [one for one in addresses_in_networks() if one != reached]:
        talk.print(f"Other addresses of this computer: {', '.join(others)} (--host)", soft_wrap=True)


def _show_code(address: str) -> None:
    """Draw a QR code on stdout, dark on light whatever the terminal's colours are."""
    import segno

    code, drawn = segno.make(address, error="l", micro=False), io.StringIO()
    if can_write("\u2588\u2580\u2584"):
        code.terminal(drawn, compact=True)
        answer.print(drawn.getvalue(), style="white on black", markup=False, soft_wrap=True)
    else:  # a console of Windows in Korean or western letters has no half blocks: coloured spaces do
        code.terminal()


def _say_ready(who: str) -> None:
    talk.print(
        f"[bold green]Ready without signal:[/] model, page, languages, on the {escape(who)}. "
        "It needs nothing more from this computer.",
        soft_wrap=True,
    )
