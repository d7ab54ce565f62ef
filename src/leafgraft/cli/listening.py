"""How the commands that answer browsers listen, say where, and stop."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from leafgraft.cli.streams import answer, can_write, talk
from leafgraft.errors import UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

OWN_HOST = "127.0.0.1"
EVERY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")  # as a part of an address
ON_THE_PHONE = """1. Join the phone to the network of this computer.
2. Point its camera at the code, or type the address.
3. It warns that it does not know this computer. Android: Advanced, Proceed.
   iPhone: Show Details, visit this website. The page then says what to tap.
If it finds nothing: guest networks keep devices apart, and a firewall may close
the port; the phone's own hotspot works.
Stop with Ctrl+C."""


@contextmanager
def extra_web(command: str) -> Iterator[None]:
    """Import what only the extra 'web' brings.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import uvicorn  # noqa: F401 - the other commands do without it

        yield
    except ModuleNotFoundError as error:
        mend = "Install it: pip install 'leafgraft[web]'"
        raise UsageError(f"{command} needs the extra 'web'.", f"{error.name} is not installed.", mend) from None


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """Listen until the block ends, or until Ctrl+C or SIGTERM end it: whatever it opened is closed then.

    Raises:
        UsageError: The address cannot be had.
    """
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UsageError(
            f"The service must listen on {host}, port {port}.",
            f"The system said: {error.strerror or error}.",
            "Name another --port (0 takes a free one) or another --host.",
        ) from error
    with listening, suppress(KeyboardInterrupt):
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, _interrupt)
        yield listening


def answer_until_stopped(
    app: ASGIApp,
    listening: socket.socket,
    encryption: ssl.SSLContext | None = None,
    at_end: Callable[[], None] | None = None,
) -> None:
    """Answer requests until a signal says to stop, by https if so given; those under way are answered first.

    `at_end` is called at the signal: it ends answers that would go on for ever.
    """
    import uvicorn

    config = uvicorn.Config(
        app, log_level="warning", timeout_keep_alive=5, timeout_graceful_shutdown=15, server_header=False
    )
    config.load()
    config.ssl = encryption
    server = uvicorn.Server(config)

    # Its own way raises the signal again once all is closed, and drops what is under way at a second one.
    def end(sig: int, frame: FrameType | None) -> None:
        server.should_exit = True
        if at_end:
            at_end()

    server.handle_exit = end  # type: ignore[method-assign]
    server.run(sockets=[listening])


def _interrupt(*_signal: object) -> None:
    raise KeyboardInterrupt


def show_in_browser(address: str) -> None:
    """Open it where there is a screen: browsers for a terminal would take it over."""
    import webbrowser

    if sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open_new_tab(address)


def is_open(host: str) -> bool:
    """Whether other machines can reach it."""
    return host not in {"127.0.0.1", "::1", "localhost"}


def address_of(host: str, port: int, scheme: str = "http") -> str:
    """What to type into a browser."""
    shown = _own_address() if host in EVERY_ADDRESS else host
    return f"{scheme}://[{shown}]:{port}/" if ":" in shown else f"{scheme}://{shown}:{port}/"


def _own_address() -> str:
    return network_address() or socket.gethostname()


def network_address() -> str:
    """Address by which the network most likely reaches this machine; empty without one. Nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address kept for documents (RFC 5737)
        except OSError:
            return ""
        found = str(probe.getsockname()[0])
    return "" if found.startswith("127.") else found


def deliver(bundle: Path, host: str, port: int, token: str, *, as_json: bool) -> None:
    """Bring the phone page onto phones of the same network, until it is stopped.

    Raises:
        UsageError: No phone could reach it, the token fits into no address, or the extra 'web' is not installed.
    """
    from tempfile import TemporaryDirectory

    with extra_web("serve --phone"):
        import segno  # noqa: F401 - before anything is opened

        from leafgraft.web.delivery.app import READY, START, create_delivery
        from leafgraft.web.delivery.certificate import make_certificate
    from leafgraft.web.bundle import read_bundle
    from leafgraft.web.phone import write_page

    token = _token_in_address(token)
    reached, read = _reached(host), read_bundle(bundle)
    with listen(reached, port) as listening, TemporaryDirectory(prefix="leafgraft-") as scratch:
        page = write_page(read, Path(scratch) / "phone", ready_at=READY)
        certificate = make_certificate(reached)
        address = f"{address_of(reached, listening.getsockname()[1], 'https')}{token}/{START}"
        # On stdout alone: stderr may be kept in a log, and the token in the address opens the page.
        if as_json:
            typer.echo(json.dumps({"page": address, "sha256": certificate.fingerprint}))
        else:
            _show_code(address)
            answer.print(f"Phone page   {address}", markup=False, soft_wrap=True)
            answer.print(f"Certificate  SHA-256 {certificate.fingerprint}", markup=False, emoji=False, soft_wrap=True)
        talk.print(ON_THE_PHONE)
        answer_until_stopped(create_delivery(page, certificate, token, _say_ready), listening, certificate.context)
    talk.print("Stopped.")


def _token_in_address(token: str) -> str:
    """The token given, or a new one."""
    if token and not TOKEN.fullmatch(token):
        raise UsageError(
            "The token of --phone is a part of an address: 8 to 64 letters, digits, - and _.",
            f"The one given has {len(token)} characters, or others than these.",
            "Give another, or leave --token out for a new one.",
        )
    return token or secrets.token_urlsafe(12)


def _reached(host: str) -> str:
    """The address by which a phone reaches this machine."""
    found = host or network_address()
    if not found or found in EVERY_ADDRESS:
        raise UsageError(
            "--phone needs the address by which the phone reaches this computer.",
            f"'{host}' is none that a phone could open." if host else "This computer is in no network.",
            "Join both to one Wi-Fi, or this computer to the phone's hotspot, or name its address with --host. "
            "Without any: leafgraft export STUDY_DIR --zip, for a web address.",
        )
    return found


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
