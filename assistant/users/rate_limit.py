"""How often somebody may ask."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator


class Bucket:
    """So many a minute for each name, with as many saved up at most. Bounded: the longest unused are
    forgotten first."""

    def __init__(self, per_minute: int, names: int = 10_000) -> None:
        self._rate, self._names = per_minute, names
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, now: float | None = None, take: bool = True) -> int:
        """Whole seconds until the next one is allowed; 0 counts as one taken, unless only looked at.

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
        """One that was taken counts no more."""
        with self._lock:
            if name in self._left:
                left, then = self._left[name]
                self._left[name] = min(self._rate, left + 1), then


class UnderWay:
    """What each name has under way, so many at most, so that one keeps no others waiting; no name, no limit."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._count: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def one(self, name: str) -> Iterator[bool]:
        """Whether one more may begin; it counts until the block ends.

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
