"""Closes connections on which no complete request head arrives within SECONDS seconds or BYTES bytes."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SECONDS = 15.0
BYTES = 2**16  # of a request head


class Timely(HttpToolsProtocol):
    """uvicorn's protocol with a timeout for the request head. uvicorn itself only has one between two requests; it
    waits forever for the first request, and for a head that arrives byte by byte."""

    _late: TimerHandle | None = None
    _seen = 0  # bytes of an incomplete head

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._seen = self._seen + len(data) if self._late else 0
        if self._seen > BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        self._stop()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop()
        transport: Any = self.transport
        self._late = self.loop.call_later(SECONDS, transport.abort)

    def _stop(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None
