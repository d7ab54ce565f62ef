"""The broker of a Ray cluster: passes messages between workers and the driver, and keeps what they share.

It runs on the driver's machine. What workers make for each other (outputs of frozen stages) it puts into the object
store once; each machine that needs it fetches it once. What the driver's own cache holds is handed out too.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import ray
from numpy.typing import NDArray

from leafgraft.storage.cache.kept_rows import FORMAT, Sums
from leafgraft.storage.predictions import DAMAGED
from leafgraft.training.workers.events import Asks, Event

NOBODY = -1
Message = tuple[int, Event, bytes]


@dataclass(slots=True, eq=False)
class SharedArray:
    """One shared array.

    Attributes:
        maker: Number of the task that makes it.
        array: In the object store.
        sums: Checksums of its rows; 0 for one that is not made.
    """

    maker: int = NOBODY
    array: ray.ObjectRef[Any] | None = None
    sums: Sums = field(default_factory=lambda: np.zeros(0, np.uint32))

    def holds(self, rows: NDArray[np.int64]) -> bool:
        """Whether all these rows are made."""
        return self.array is not None and bool(self.sums[rows].all())


class RayBroker:
    """An asynchronous actor.

    Args:
        features: Folder of the driver's cache with outputs of frozen stages.
    """

    def __init__(self, features: Path) -> None:
        self._features = features
        self._messages: list[Message] = []
        self._arrived = asyncio.Event()
        self._answers: dict[int, asyncio.Future[bool]] = {}
        self._arrays: dict[str, SharedArray] = {}
        self._changed = asyncio.Condition()

    async def post(self, number: int, event: Event, content: bytes = b"") -> None:
        """A task tells the driver, with the content of a file."""
        self._messages.append((number, event, content))
        self._arrived.set()

    async def ask(self, number: int, question: Asks) -> bool:
        """A task asks the driver."""
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self.post(number, question)
        return bool(await answer)

    async def answer(self, number: int, goes_on: bool) -> None:  # noqa: FBT001 - an answer is true or false
        """The driver answers."""
        self._answers.pop(number).set_result(goes_on)

    async def take(self) -> list[Message]:
        """The driver takes all messages, once there is one or it is in a hurry."""
        await self._arrived.wait()
        messages, self._messages = self._messages, []
        self._arrived.clear()
        return messages

    async def hurry(self) -> None:
        """End the driver's waiting for messages, though there may be none."""
        self._arrived.set()

    async def claim(self, number: int, entry: str, rows: NDArray[np.int64]) -> tuple[list[Any], Sums] | None:
        """What is known of an array, its reference in a list; if rows are lacking, the task is now their maker."""
        shared = self._arrays.setdefault(entry, SharedArray())
        async with self._changed:
            if shared.array is None and shared.maker == NOBODY:
                self._fetch(entry, shared)
            await self._changed.wait_for(lambda: shared.holds(rows) or shared.maker == NOBODY)
            if not shared.holds(rows):
                shared.maker = number
        return None if shared.array is None else ([shared.array], shared.sums)

    def _fetch(self, entry: str, shared: SharedArray) -> None:
        """Share what the driver's cache holds; the receiver compares checksums."""
        path = self._features / entry
        try:
            beside = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
            sums = np.array(beside["crc32"], np.uint32)
        except DAMAGED:
            return  # there is none, or it cannot be read: whoever needs it makes it
        if beside["format"] == FORMAT and len(sums) == len(array):
            shared.array, shared.sums = ray.put(array), sums

    async def give(self, entry: str, array: NDArray[Any], sums: Sums) -> None:
        """A maker hands on what it made."""
        async with self._changed:
            shared = self._arrays.setdefault(entry, SharedArray())
            shared.maker, shared.array, shared.sums = NOBODY, ray.put(array), sums
            self._changed.notify_all()

    async def release(self, number: int) -> None:
        """A task has ended, however: what it was making is for another to make."""
        async with self._changed:
            for shared in self._arrays.values():
                if shared.maker == number:
                    shared.maker = NOBODY
            self._changed.notify_all()
