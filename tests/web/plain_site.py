"""A plain web server below a path, as GitHub Pages is one: it sends files and no headers of its own."""

from __future__ import annotations

import functools
import http.server
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self


class _Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012 - the standard library's own name
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def do_GET(self) -> None:
        """Send a file; slowly, if a test wants that."""
        PlainSite.before(self.path)
        super().do_GET()

    def log_message(self, *_parts: object) -> None:
        """Say nothing."""


class PlainSite:
    """Serves a folder; can be stopped and started again at the same address.

    Attributes:
        before: Called with the path of what is asked for, before it is sent.
    """

    before: Callable[[str], object] = staticmethod(lambda _path: None)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._port = 0
        self._server: http.server.ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        handler = functools.partial(_Handler, directory=str(self.folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        self._port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._server = None


class Recorder(socketserver.ThreadingTCPServer):
    """A proxy that answers nothing and remembers what was asked of it: whatever leaves the site comes by here."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Remember)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Remember(socketserver.StreamRequestHandler):
    server: Recorder

    def handle(self) -> None:
        """Remember the first line."""
        self.server.asked.append(self.rfile.readline().decode("latin-1").strip())
