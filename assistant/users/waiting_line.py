"""The queue of questions that wait until the machine has time for them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator


class FullError(Exception):
    """The queue is full, or has too many questions of one person."""


class Place:
    """A question's place in the queue, from its arrival until it is answered."""

    def __init__(self, line: Line, name: str) -> None:
        self.name, self.begun, self.round = name, False, 0
        self._line = line
        self._loop, self._called = asyncio.get_running_loop(), asyncio.Event()

    @property
    def ahead(self) -> int:
        """How many start before this one; 0 once it has started."""
        return self._line.ahead(self)

    async def comes(self, seconds: float) -> bool:
        """Wait at most so many seconds; whether the question may start."""
        if not self.begun:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._called.wait(), seconds)
        return self.begun

    def call(self) -> None:
        """Let it start. May be called from any thread."""
        self.begun = True
        with contextlib.suppress(RuntimeError):  # the event loop has ended
            self._loop.call_soon_threadsafe(self._called.set)


class Line:
    """A fair queue: `at_once` questions run at once, the others wait, and each person is served once per round, so
    that a person with ten open pages delays others by only one question. Questions without a name count separately.

    Goyal, Vin and Cheng, Start-time Fair Queuing (1996)
    """

    def __init__(self, at_once: int, holds: int = 200, of_one: int = 10) -> None:
        self._at_once, self._holds, self._of_one = at_once, holds, of_one
        self._begun: set[Place] = set()
        self._waiting: list[Place] = []
        self._round = 0  # of the place that started last
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def place(self, name: str) -> Iterator[Place]:
        """A place in the queue, held until the block ends. Raises FullError."""
        mine = Place(self, name)
        with self._lock:
            own = [p.round for p in (*self._begun, *self._waiting) if p.name == name and name]
            if len(own) >= self._of_one or len(self._waiting) >= self._holds:
                raise FullError
            mine.round = max(self._round, *(1 + r for r in own), 0)
            self._waiting.append(mine)
            self._call()
        try:
            yield mine
        finally:
            with self._lock:
                self._begun.discard(mine)
                if mine in self._waiting:
                    self._waiting.remove(mine)
                self._call()

    def ahead(self, place: Place) -> int:
        """How many start before this place."""
        with self._lock:
            return self._order().index(place) if place in self._waiting else 0

    def _call(self) -> None:
        while self._waiting and len(self._begun) < self._at_once:
            first = self._order()[0]
            self._waiting.remove(first)
            self._begun.add(first)
            self._round = max(self._round, first.round)
            first.call()

    def _order(self) -> list[Place]:
        """The waiting places, the next one first."""
        return sorted(
            self._waiting, key=lambda place: place.round
        )  # a stable sort: within a round, in order of arrival
