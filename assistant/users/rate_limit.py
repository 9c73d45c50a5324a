"""How often somebody may ask."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict


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
