"""Batches work that several callers request from something slow: whatever is waiting when it becomes free forms the
next batch.

Nothing waits for a batch to fill. A single caller is served at once, and batches grow with the number of callers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(eq=False, slots=True)
class _Wanted(Generic[Item, Result]):
    """An item with its batching key `kind`: items of equal kind may share a batch; with None it runs alone."""

    item: Item
    kind: Hashable
    result: Result | None = None


class Batches(Generic[Item, Result]):
    """`run` processes up to `most` items of the same `kind` at once. Two batches never run at the same time."""

    def __init__(
        self, run: Callable[[list[Item]], Iterable[Result]], kind: Callable[[Item], Hashable], most: int
    ) -> None:
        self._run, self._kind, self._most = run, kind, most
        self._waiting: list[_Wanted[Item, Result]] = []
        self._busy = False
        self._some = threading.Condition()

    def __call__(self, items: Sequence[Item]) -> list[Result]:
        """The results of the items, in order. Raises what `run` raises for a single item. If a batch of several fails,
        its items are run one by one, so that one caller's failure does not affect the others."""
        mine = [_Wanted[Item, Result](item, self._kind(item)) for item in items]
        with self._some:
            self._waiting += mine
        try:
            while together := self._next(mine):
                self._do(together)
        finally:
            with self._some:
                self._waiting = [w for w in self._waiting if w not in mine]
        return [w.result for w in mine if w.result is not None]

    def _next(self, mine: Sequence[_Wanted[Item, Result]]) -> list[_Wanted[Item, Result]]:
        """Waits until this caller may run a batch, then takes the next one, starting with its own items; [] when all
        its items are done."""
        with self._some:
            while True:
                left = [w for w in mine if w.result is None]
                if not left:
                    return []
                if not self._busy:
                    break
                self._some.wait()
            first = left[0]
            like = [w for w in self._waiting if w is not first and w.kind == first.kind is not None]
            together = [first, *like][: self._most]
            self._waiting = [w for w in self._waiting if w not in together]
            self._busy = True
            return together

    def _do(self, together: list[_Wanted[Item, Result]]) -> None:
        try:
            for wanted, result in zip(together, self._run([w.item for w in together]), strict=True):
                wanted.result = result
        except Exception:
            if len(together) == 1:
                raise
            for wanted in together:
                wanted.kind = None
        finally:
            with self._some:
                self._waiting += [w for w in together if w.result is None]
                self._busy = False
                self._some.notify_all()
