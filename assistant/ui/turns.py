"""Lets the page's questions wait in the queue without occupying a thread, and shows how many are ahead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import aclosing
from typing import Any

import anyio.to_thread
import gradio as gr

from assistant.messages import Language, speaking
from assistant.ui.desk import Desk
from assistant.users.waiting_line import FullError

SOON = 0.3  # seconds of waiting without a message
TOLD = 1.0  # seconds between updates; a closed page is noticed at the next one
PATIENCE = 120  # updates until the question is given up
AGAIN = 10  # seconds until a retry, as shown to the user
_END = object()
Steps = Callable[..., Generator[Any, None, None]]


def in_turn(
    desk: Desk, language: Language, steps: Steps, told: Callable[[str | None], Any]
) -> Callable[..., Any]:
    """An event of the page that waits for its turn, then runs `steps(request, refused, *fields)`; `refused` is "", or
    the message that the queue is full. `told(text)` is the update that shows a message while it waits; "" removes the
    message and None leaves it."""
    say = speaking(language)

    async def event(request: gr.Request, *fields: Any) -> AsyncIterator[Any]:
        try:
            with desk.line.place(request.request.scope["pace"]) as place:
                begun, waited, words = await place.comes(SOON), 0, ""
                while not begun and waited < PATIENCE:
                    ahead = place.ahead
                    before, words = words, say("ahead", count=ahead) if ahead else say("ahead_none")
                    yield told(words if words != before else None)
                    begun, waited = await place.comes(TOLD), waited + 1
                if waited:
                    yield told("")
                if not begun:
                    raise FullError
                async with aclosing(_each(steps(request, "", *fields))) as made:
                    async for one in made:
                        yield one
        except FullError:
            async with aclosing(_each(steps(request, say("line_full", count=AGAIN), *fields))) as made:
                async for one in made:
                    yield one

    return event


async def _each(run: Generator[Any, None, None]) -> AsyncGenerator[Any, None]:
    """The items of a generator, each computed in a thread."""
    try:
        while (one := await _next(run)) is not _END:
            yield one
    finally:
        await anyio.to_thread.run_sync(run.close)


async def _next(run: Generator[Any, None, None]) -> Any:
    """The next item, computed in a thread. If the page cancels meanwhile, this still waits for the thread, which
    cannot be stopped, so that the turn in the queue is not released early."""
    step = asyncio.ensure_future(anyio.to_thread.run_sync(next, run, _END))
    try:
        return await asyncio.shield(step)
    finally:
        await asyncio.wait([step])
