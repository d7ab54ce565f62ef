"""How the commands that answer browsers listen, say where, and stop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from leafgraft.errors import UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@contextmanager
def extra_web(command: str) -> Iterator[None]:
    """Import what only the extra 'web' brings.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import uvicorn  # noqa: F401, PLC0415 - the other commands do without it

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


def answer_until_stopped(app: ASGIApp, listening: socket.socket) -> None:
    """Answer requests until a signal says to stop; those under way are answered first."""
    import uvicorn  # noqa: PLC0415 - the other commands do without it

    config = uvicorn.Config(
        app, log_level="warning", timeout_keep_alive=5, timeout_graceful_shutdown=15, server_header=False
    )
    server = uvicorn.Server(config)
    # Its own way raises the signal again once all is closed, and drops what is under way at a second one.
    server.handle_exit = lambda *_signal: setattr(server, "should_exit", True)  # type: ignore[method-assign]
    server.run(sockets=[listening])


def _interrupt(*_signal: object) -> None:
    raise KeyboardInterrupt


def is_open(host: str) -> bool:
    """Whether other machines can reach it."""
    return host not in {"127.0.0.1", "::1", "localhost"}


def address_of(host: str, port: int) -> str:
    """What to type into a browser."""
    shown = _own_address() if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def _own_address() -> str:
    """Address by which the network most likely reaches this machine; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address kept for documents (RFC 5737)
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
