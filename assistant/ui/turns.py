"""What the page asks waits in the line, without holding a thread, and is told how many are ahead."""

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

SOON = 0.3  # seconds that nobody needs to be told of
TOLD = 1.0  # between two tellings: whoever closed the page is noticed at the next one
PATIENCE = 120  # tellings until it is given up
AGAIN = 10  # seconds after which it may be tried again
_END = object()
Steps = Callable[..., Generator[Any, None, None]]


def in_turn(
    desk: Desk, language: Language, steps: Steps, told: Callable[[str | None], Any]
) -> Callable[..., Any]:
    """An event of the page that runs `steps(request, refused, *fields)` in its turn; `refused` are the words for why it
    has none, "" where it has. `told` is the update that shows some words while it waits, "" once it does no longer,
    None where they stay."""
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
    """What a generator makes, each in a thread."""
    try:
        while (one := await _next(run)) is not _END:
            yield one
    finally:
        await anyio.to_thread.run_sync(run.close)


async def _next(run: Generator[Any, None, None]) -> Any:
    """The next of what a thread makes. Where the page stops it meanwhile, the thread is waited for: it cannot be
    stopped, and its turn ends with it."""
    step = asyncio.ensure_future(anyio.to_thread.run_sync(next, run, _END))
    try:
        return await asyncio.shield(step)
    finally:
        await asyncio.wait([step])
