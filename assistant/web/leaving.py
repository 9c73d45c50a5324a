"""How a server stops without losing an answer: it says that it is leaving, takes what still comes for a while, and
finishes what is under way."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Iterator
from types import FrameType
from typing import Any

import uvicorn


class Leaving:
    """Whether a server has been told to stop, and what it still has under way. Used in the server's loop alone."""

    def __init__(self) -> None:
        self.told = False  # no longer ready: a proxy sends what is new elsewhere
        self._under_way = 0
        self._let_go = asyncio.Event()

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Something is under way until the block ends."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def until_quiet(self) -> None:
        """Wait until nothing is under way; then opened pages are let go of."""
        while self._under_way:
            await asyncio.sleep(0.05)
        self._let_go.set()

    async def while_open(self, page: Awaitable[None]) -> bool:
        """Serve what lasts as long as a page is open; whether it was let go of before its end."""
        serving, ends = asyncio.ensure_future(page), asyncio.ensure_future(self._let_go.wait())
        try:
            await asyncio.wait((serving, ends), return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
                return False
            return True
        finally:
            for task in (serving, ends):
                task.cancel()
            await asyncio.gather(serving, ends, return_exceptions=True)


class Server(uvicorn.Server):
    """uvicorn's, told to stop by SIGTERM: for `drain` seconds it takes what still comes, then it finishes what is
    under way. By Ctrl-C, or told twice, it takes nothing more at once."""

    def __init__(self, config: uvicorn.Config, leaving: Leaving, drain: int) -> None:
        super().__init__(config)
        self._leaving, self._drain = leaving, drain
        self._until: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        first, self._leaving.told = not self._leaving.told, True
        if sig == signal.SIGTERM and first and self._drain:
            self._until = time.monotonic() + self._drain
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if self._until and time.monotonic() >= self._until:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: Any = None) -> None:
        quiet = asyncio.create_task(self._leaving.until_quiet())
        await super().shutdown(sockets)
        quiet.cancel()
