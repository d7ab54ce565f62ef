"""How the commands that answer browsers listen, say where, and stop."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from leafgraft.errors import UsageError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

OWN_HOST = "127.0.0.1"
EVERY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
PORTS = {"http": 80, "https": 443}  # that an origin does not name


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """Listen until the block ends, or until Ctrl+C or SIGTERM end it: whatever it opened is closed then.

    Raises:
        UsageError: The address cannot be had.
    """
    import uvicorn  # noqa: F401 - nothing is opened where the extra that answers is not installed

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()  # every address is of IPv4, too
    try:
        listening = socket.create_server((host, port), family=family, dualstack_ipv6=both)
    except (OSError, UnicodeError) as error:  # the second of a name that no address can have
        raise UsageError(
            f"The service must listen on {host}, port {port}.",
            f"The system said: {getattr(error, 'strerror', '') or error}.",
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
    server = _server(app, encryption)

    # Its own way raises the signal again once all is closed, and drops what is under way at a second one.
    def end(sig: int, frame: FrameType | None) -> None:
        server.should_exit = True
        if at_end:
            at_end()

    server.handle_exit = end  # type: ignore[method-assign]
    server.run(sockets=[listening])


@contextmanager
def answer_beside(app: ASGIApp) -> Iterator[int]:
    """Answer this computer alone, beside what else is done, until the block ends; on the port that is given back."""
    with socket.create_server((OWN_HOST, 0)) as listening:
        server = _server(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


def _server(app: ASGIApp, encryption: ssl.SSLContext | None = None) -> uvicorn.Server:
    import uvicorn

    config = uvicorn.Config(
        app, log_level="warning", timeout_keep_alive=5, timeout_graceful_shutdown=15, server_header=False
    )
    config.load()
    config.ssl = encryption
    return uvicorn.Server(config)


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
    return network_address() or next(iter(addresses_in_networks()), socket.gethostname())


def addresses_in_networks() -> tuple[str, ...]:
    """Addresses (IPv4) of this machine in the networks that it is in, whether or not they lead any further."""
    import psutil

    up = {name for name, of in psutil.net_if_stats().items() if of.isup}
    given = [one for name, of in psutil.net_if_addrs().items() if name in up for one in of]
    found = [ipaddress.ip_address(one.address) for one in given if one.family == socket.AF_INET]
    return tuple(str(one) for one in found if not one.is_loopback and not one.is_link_local)


def network_address() -> str:
    """Address by which the network most likely reaches this machine; empty without one. Nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address kept for documents (RFC 5737)
        except OSError:
            return ""
        found = str(probe.getsockname()[0])
    return "" if found.startswith("127.") else found


def check_origin(origin: str) -> str:
    """Refuse what no browser sends as an origin, as an address with a path: it would allow nothing, in silence.

    Raises:
        UsageError: Browsers do not send it.
    """
    sent = "*" if origin == "*" else _sent_as_origin(origin)
    scheme = sent.partition(":")[0]
    if sent and origin.lower() in {sent, f"{sent}:{PORTS.get(scheme)}"}:
        return sent
    shown = sent or "https://example.org"
    raise UsageError(
        "--allow-origin must be the origin of a web page: scheme, name and port, without a path, or *.",
        f"It is '{origin}'.",
        f"Write --allow-origin {shown}",
    )


def _sent_as_origin(address: str) -> str:
    """What browsers send as the origin of a page at this address: no port where it is the usual one, and ASCII only."""
    try:
        parts = urlsplit(address)
        name, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return ""
    if not name or parts.scheme not in PORTS:
        return ""
    host = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{host}" if port in {None, PORTS[parts.scheme]} else f"{parts.scheme}://{host}:{port}"
