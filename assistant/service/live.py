"""The assistant over whatever generation of the index counts."""

from __future__ import annotations

import gc
import threading

from assistant.errors import AssistantError
from assistant.service.assistant import Assistant
from assistant.settings import Settings


class Live:
    """The assistant over whatever generation counts: one that is built while a chat runs is taken up by
    the next question. A question keeps the assistant it began with.

    Raises IndexMissing, IndexMismatch on opening; later on, what cannot be opened leaves the old one.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = threading.Lock()
        self._seen = self._stamp()
        self._current = Assistant(settings.index, settings)

    def __call__(self) -> Assistant:
        stamp = self._stamp()
        if stamp != self._seen and self._opening.acquire(blocking=False):
            try:
                model = self._current.model  # which does not change with the index
                self._current = Assistant(self._settings.index, self._settings, model=model)
                self._seen = stamp
                gc.collect()  # what nobody reads any more holds files open until then
            except AssistantError:
                pass  # being built anew: the one that is open still answers
            finally:
                self._opening.release()
        return self._current

    @property
    def current(self) -> Assistant:
        """The one that is open, without a look at what counts."""
        return self._current

    def _stamp(self) -> int:
        try:
            return (self._settings.index / "index.json").stat().st_mtime_ns
        except OSError:
            return 0
