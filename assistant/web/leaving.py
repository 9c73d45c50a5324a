"""Graceful shutdown: the server reports that it is stopping, accepts requests for a while longer and finishes those in
progress, so that no answer is lost."""

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
    """Whether a server has been told to stop, and how many answers are in progress. For use in the event loop only."""

    def __init__(self) -> None:
        self.told = False  # no longer ready: a proxy sends new requests elsewhere
        self._under_way = 0
        self._let_go = asyncio.Event()

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Count an answer as in progress until the block ends."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def until_quiet(self) -> None:
        """Wait until no answer is in progress, then release the opened pages."""
        while self._under_way:
            await asyncio.sleep(0.05)
        self._let_go.set()

    async def while_open(self, page: Awaitable[None]) -> bool:
        """Serve a stream that lasts as long as a page is open; returns whether it was released before its end."""
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
    """uvicorn's server. After SIGTERM it accepts requests for `drain` seconds, then finishes those in progress. After
    Ctrl-C or a second signal it stops accepting at once."""

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
