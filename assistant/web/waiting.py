"""Puts programs' questions in the same queue as the page's; a question leaves it when its client disconnects."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from assistant.messages import say
from assistant.users.waiting_line import FullError, Line, Place

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SECONDS = 30.0  # maximum wait of a program for its turn
AGAIN = 5  # seconds until a retry, in Retry-After
_WORK = re.compile(r"/api/(?:ask|compare)|/sammenlign\.|/mcp|/vurdering")


class InLine:
    """Wraps the application. The guard has set scope["pace"], the name that a request counts under."""

    def __init__(self, app: Any, line: Line) -> None:
        self.app, self._line = app, line

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _WORK.match(scope["path"]):
            await self.app(scope, receive, send)
            return
        sent = await _whole(receive)
        if sent is None:  # disconnected before the question arrived
            return
        try:
            with self._line.place(scope["pace"]) as place:
                if await _comes(place, receive):
                    await self.app(scope, _again(sent, receive), send)
        except FullError:
            await _full(send)


async def _comes(place: Place, receive: Receive) -> bool:
    """Whether the turn comes before the client disconnects. Raises FullError where it does not come in time."""
    if await place.comes(0):
        return True
    gone = asyncio.ensure_future(receive())  # after the body only the disconnect can follow
    turn = asyncio.ensure_future(place.comes(SECONDS))
    try:
        await asyncio.wait((gone, turn), return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            return False
        if not turn.result():
            raise FullError
        return True
    finally:
        for one in (gone, turn):
            one.cancel()
        await asyncio.gather(gone, turn, return_exceptions=True)


async def _whole(receive: Receive) -> bytes | None:
    """A request's body; None where the client disconnects before it is complete."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """A receiver that gives an already read body again, and then what follows it."""
    left = [body]

    async def received() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return received


async def _full(send: Send) -> None:
    body = json.dumps({"detail": say("line_full", count=AGAIN)}, ensure_ascii=False).encode()
    head = [(b"content-type", b"application/json"), (b"retry-after", str(AGAIN).encode())]
    await send({"type": "http.response.start", "status": 503, "headers": head})
    await send({"type": "http.response.body", "body": body})
