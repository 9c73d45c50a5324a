"""The assistant over the current generation of the index."""

from __future__ import annotations

import gc
import threading

from assistant.errors import AssistantError
from assistant.service.assistant import Assistant
from assistant.settings import Settings


class Live:
    """Gives the assistant over the current generation of the index. A generation that is built while the server runs is
    opened at the next question; a question keeps the assistant it started with.

    Raises IndexMissing, IndexMismatch on opening. A later generation that cannot be opened leaves the old one in use.
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
                model = self._current.model  # the language model does not depend on the index
                self._current = Assistant(self._settings.index, self._settings, model=model)
                self._seen = stamp
                gc.collect()  # the old assistant keeps its files open until it is collected
            except AssistantError:
                pass  # the index is being rebuilt; the open one still answers
            finally:
                self._opening.release()
        return self._current

    @property
    def current(self) -> Assistant:
        """The open assistant, without a check for a newer generation."""
        return self._current

    def _stamp(self) -> int:
        try:
            return (self._settings.index / "index.json").stat().st_mtime_ns
        except OSError:
            return 0
