"""The phones that came: what each was given, and whether it told that it keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leafgraft.web.bundle import MODEL
from leafgraft.web.phone import INDEX, SERVICE_WORKER

CERTIFICATE = "leafgraft.crt"
FIRST = "phone.json"  # what the page asks for first, and the start page does not
BEGUN_BY = {CERTIFICATE: "certificate", FIRST: "loading"}  # states, by the file with which they begin
READY = "ready"  # the state that stays
SYSTEMS = {"Android": "Android phone", "iPhone": "iPhone", "iPad": "iPad"}  # as browsers name them, as people do
OTHER = "browser"
WHOLE, KNOWN = 200, 304  # how a file is given: by its bytes, or as one that the phone has already


@dataclass(slots=True)
class Phone:
    """One phone.

    Attributes:
        system: As its browser names it.
        address: In the network.
        got: Bytes that it was given, by file.
        state: "came", "certificate" once it has that, "loading" while it takes the page; then what its page told:
            `READY` if all of it works without a connection, else "connected".
    """

    system: str
    address: str
    got: dict[str, int] = field(default_factory=dict)
    state: str = "came"

    @property
    def words(self) -> str:
        """Which phone it is, as people say it."""
        return f"{SYSTEMS.get(self.system, OTHER)} at {self.address}"


class Phones:
    """All phones that came, in their order. One thread delivers the page, another asks.

    Args:
        page: Folder of the phone page.
        on_ready: Told once of every phone that has everything, in words.
    """

    def __init__(self, page: Path, on_ready: Callable[[str], None]) -> None:
        files = {file.relative_to(page).as_posix(): file for file in page.rglob("*") if file.is_file()}
        self._bytes = {
            name: file.stat().st_size
            for name, file in files.items()
            if name != SERVICE_WORKER and not name.startswith(".")
        }
        self._on_ready = on_ready
        self._of: dict[tuple[str, str], Phone] = {}
        self._lock = Lock()

    def at(self, request: Request) -> Phone:
        """The phone that asks."""
        agent, address = request.headers.get("user-agent", ""), request.client.host if request.client else "unknown"
        return self.find(next((name for name in SYSTEMS if name in agent), OTHER), address)

    def find(self, system: str, address: str) -> Phone:
        """The phone at an address; one that comes for the first time is noted."""
        with self._lock:
            return self._of.setdefault((system, address), Phone(system, address))

    def begin(self, phone: Phone, name: str, status: int) -> None:
        """Note that a file is now given, from its start; what was cut off before does not count."""
        if status in {WHOLE, KNOWN}:
            with self._lock:
                phone.got[name] = self._bytes.get(name, 0) if status == KNOWN else 0
                if phone.state != READY:
                    phone.state = BEGUN_BY.get(name, phone.state)

    def give(self, phone: Phone, name: str, count: int) -> None:
        """Note that bytes of a file were given."""
        with self._lock:
            if name in phone.got:
                phone.got[name] += count

    def hear(self, phone: Phone, *, keeps: bool) -> None:
        """Note what its page told; who keeps it once is not asked again: another tab may keep nothing."""
        with self._lock:
            if phone.state == READY:
                return
            phone.state = READY if keeps else "connected"
        if keeps:
            self._on_ready(phone.words)

    def to_json(self) -> list[dict[str, Any]]:
        """What is known of each."""
        with self._lock:
            return [self._describe(one) for one in self._of.values()]

    def _describe(self, phone: Phone) -> dict[str, Any]:
        missing = {name: max(0, size - phone.got.get(name, 0)) for name, size in self._bytes.items()}
        lacks = {name for name in self._bytes if missing[name] or name not in phone.got}
        parts = {"model": {MODEL}, "languages": {name for name in self._bytes if name.startswith("languages/")}}
        parts["page"] = self._bytes.keys() - parts["model"] - parts["languages"]
        return {
            "system": phone.system,
            "address": phone.address,
            "state": phone.state,
            "share": round(1 - sum(missing.values()) / sum(self._bytes.values()), 2),
            "parts": {name: phone.state == READY or not files & lacks for name, files in sorted(parts.items())},
        }


class Watched:
    """Notes what phones are given on the way."""

    def __init__(self, app: ASGIApp, phones: Phones) -> None:
        self._app, self._phones = app, phones

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        phone, name = self._phones.at(Request(scope)), scope["path"].removeprefix("/") or INDEX

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._phones.begin(phone, name, message["status"])
            await send(message)
            if message["type"] == "http.response.body":
                self._phones.give(phone, name, len(message.get("body", b"")))

        await self._app(scope, receive, send_noted)
