"""A bounded line of requests before the threads that answer photos."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from leafgraft.web.limits import Limits, Refusal

Result = TypeVar("Result")


class Queue:
    """Takes so many requests and no more; a photo whose client has waited long enough is not started."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._threads = ThreadPoolExecutor(limits.workers, thread_name_prefix="photo")
        self.under_way = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place in the line.

        Raises:
            Refusal: 503 if there is none.
        """
        if self.under_way >= self._limits.requests:
            raise Refusal(503, "busy", f"{self.under_way} requests are under way. Try again soon.", 1)
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    async def work(self, tasks: list[Callable[[], Result]]) -> list[Result]:
        """Do tasks in the threads.

        Raises:
            Refusal: 503 if they take too long; what has not started is then dropped.
        """
        futures: list[Future[Result]] = [self._threads.submit(task) for task in tasks]
        try:
            async with asyncio.timeout(self._limits.duration_s):
                return [await asyncio.wrap_future(one) for one in futures]
        except TimeoutError:
            reason = f"The photos were not answered within {self._limits.duration_s:g} s. Try again, with fewer."
            raise Refusal(503, "too late", reason, 1) from None
        finally:
            for one in futures:
                one.cancel()

    def close(self) -> None:
        """Wait for what runs and stop the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)
