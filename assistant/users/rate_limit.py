"""Rate limits: how often a person may ask, and how much at once, in this process or across those that share a
database."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.errors import StorageError
from assistant.users.together import Taken, Together


class Bucket:
    """A token bucket per name: `per_minute` tokens a minute, and at most as many saved up. Memory is bounded: the
    longest unused names are dropped."""

    def __init__(self, per_minute: int, names: int = 10_000) -> None:
        self._rate, self._names = per_minute, names
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, now: float | None = None, take: bool = True) -> int:
        """Whole seconds until the next one is allowed; at 0 one is taken, unless `take` is false.

        >>> bucket = Bucket(60)
        >>> [bucket.wait("a", now=0.0) for _ in range(61)][-2:]
        [0, 1]
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            left, then = self._left.pop(name, (float(self._rate), now))
            left = min(self._rate, left + (now - then) * self._rate / 60)
            self._left[name] = (left - 1 if take and left >= 1 else left, now)
            while len(self._left) > self._names:
                self._left.popitem(last=False)
        return 0 if left >= 1 else -int(-(1 - left) * 60 // self._rate)

    def give_back(self, name: str) -> None:
        """Return one that was taken."""
        with self._lock:
            if name in self._left:
                left, then = self._left[name]
                self._left[name] = min(self._rate, left + 1), then


class UnderWay:
    """Limits how many requests each name has in progress; no limit without a name."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._count: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def one(self, name: str) -> Iterator[bool]:
        """Whether one more may start; it counts until the block ends.

        >>> at_once = UnderWay(1)
        >>> with at_once.one("a") as first, at_once.one("a") as second, at_once.one("b") as other:
        ...     first, second, other
        (True, False, True)
        """
        with self._lock:
            free = not name or self._count[name] < self.most
            counted = bool(name) and free
            self._count[name] += counted
        try:
            yield free
        finally:
            with self._lock:
                self._count[name] -= counted
                if not self._count[name]:
                    del self._count[name]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not now: the message's key with its count, and the seconds until a retry."""

    said: str
    count: int
    seconds: int


class Tries:
    """A limit per minute for each name, shared with other processes while their common database answers."""

    def __init__(self, kind: str, per_minute: int, together: Together | None = None) -> None:
        self._kind, self._rate, self._together = kind, per_minute, together
        self._here = Bucket(per_minute)

    def wait(self, name: str) -> int:
        """Whole seconds until the next one is allowed; at 0 one is taken."""
        if self._together:
            with contextlib.suppress(StorageError):
                return self._together.take(f"{self._kind} {name}", self._rate).wait
        return self._here.wait(name)

    def give_back(self, name: str) -> None:
        """Return one that was taken."""
        if self._together:
            with contextlib.suppress(StorageError):
                self._together.give_back(f"{self._kind} {name}", self._rate)
                return
        self._here.give_back(name)


class Asks:
    """Limits each name's questions per minute and at once, across all processes that share a database. If it does not
    answer, this process's own counts apply. No limit without a name."""

    def __init__(self, per_minute: int, at_once: int, together: Together | None = None) -> None:
        self._rate, self._at_once, self._together = per_minute, at_once, together
        self._bucket, self._under_way = Bucket(per_minute), UnderWay(at_once)

    @property
    def waits(self) -> bool:
        """Whether taking a turn may block on the network."""
        return self._together is not None

    @contextlib.contextmanager
    def one(self, name: str) -> Iterator[Refusal | None]:
        """None where one more may start, which counts until the block ends; else the refusal.

        >>> asks = Asks(2, 1)
        >>> with asks.one("a") as first, asks.one("a") as second, asks.one("a") as third:
        ...     first, second.said, third.said
        (None, 'one_at_a_time', 'too_fast')
        """
        with self._under_way.one(name) as free:  # counted here too, in case the database stops answering
            taken = self._taken(name) if name else None
            if taken is None:
                yield self._here(name, free)
                return
            try:
                yield None if taken.given else self._why(taken.wait)
            finally:
                if taken.given and self._together:
                    self._together.end(taken)

    def _taken(self, name: str) -> Taken | None:
        if self._together:
            with contextlib.suppress(StorageError):
                return self._together.take(f"asks {name}", self._rate, self._at_once)
        return None

    def _here(self, name: str, free: bool) -> Refusal | None:
        if name and (seconds := self._bucket.wait(name)):
            return self._why(seconds)
        return None if free else self._why(0)

    def _why(self, seconds: int) -> Refusal:
        if seconds:
            return Refusal("too_fast", seconds, seconds)
        return Refusal("one_at_a_time", self._at_once, 1)
