"""The objects the page uses: the current index, conversations, suggestions, metrics."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from assistant.admin.metrics import Observed
from assistant.errors import AssistantError
from assistant.reports.consistency import Topic, topics
from assistant.reports.suggestions import Suggestions
from assistant.service.assistant import Assistant
from assistant.service.live import Live
from assistant.service.review import Reviewed
from assistant.users.conversations import Threads
from assistant.users.feedback import Feedback
from assistant.users.rate_limit import Asks
from assistant.users.waiting_line import Line


@dataclass(slots=True)
class Desk:
    """The page's dependencies; one instance for each application."""

    live: Live
    threads: Threads
    feedback: Feedback
    observed: Observed
    asks: Asks
    reviewed: Reviewed
    line: Line
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _of: tuple[Assistant, Suggestions] | None = None

    def suggestions(self) -> Suggestions:
        """The suggestions for the current generation of the index; computed again after a new one."""
        assistant = self.live()
        with self._lock:
            if self._of is None or self._of[0] is not assistant:
                if self._of:
                    threading.Thread(target=self._of[1].stop, daemon=True).start()
                self._of = assistant, Suggestions(assistant, self._topics())
            return self._of[1]

    def _topics(self) -> list[Topic]:
        try:
            return topics(self.live().settings.corpus / "topics.toml")
        except AssistantError:  # the list of topics is optional
            return []
