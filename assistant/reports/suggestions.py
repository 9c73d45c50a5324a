"""Suggested questions that the index can answer.

The standing topics are put to every region in the index once per index generation, in the background. Those that are
answered become the suggestions on the start page and after an answer.
"""

from __future__ import annotations

import atexit
import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.answer.outline import sections
from assistant.compare.sides import present
from assistant.documents.blocks import is_header
from assistant.errors import AssistantError
from assistant.language.places import REGIONS
from assistant.messages import said
from assistant.models import Grounded
from assistant.question.scope import standing
from assistant.reports.consistency import Topic
from assistant.service.assistant import Assistant

SHOWN = 3
LONGEST = 7  # most words of a heading that is asked about
_PAUSE = 0.02  # seconds between two questions, so that users' questions are not delayed


@dataclass(frozen=True, slots=True)
class Known:
    """A topic that the documents of a region answer, and where."""

    topic: Topic
    region: str | None
    question: str
    document_id: str
    page: int
    span: tuple[int, int]


class Suggestions:
    """The suggestions of one opened index. There are fewer until all topics have been tried."""

    def __init__(self, assistant: Assistant, topics: Sequence[Topic]) -> None:
        self._assistant, self._topics = assistant, topics
        self._known: list[Known] = []
        self._ready = threading.Event()
        self._stopped = threading.Event()
        self._trying = threading.Thread(target=self._try_all, name="suggestions", daemon=True)
        self._trying.start()
        atexit.register(self.stop)  # native code must not be running when the process ends

    def stop(self) -> None:
        """Stop trying topics."""
        self._stopped.set()
        self._trying.join(5)
        atexit.unregister(self.stop)

    def wait(self, seconds: float) -> None:
        """Wait until all topics have been tried, at most this many seconds."""
        self._ready.wait(seconds)

    def starters(self, audience: str) -> list[str]:
        """Questions for the start page: of different topics and, where possible, of different regions."""
        by_topic: dict[str, list[Known]] = {}
        for known in self._known:
            if known.topic.audience == audience:
                by_topic.setdefault(known.topic.key, []).append(known)
        # Each topic takes another region, so that the start page is not about one region only.
        answered = list(by_topic.values())[:SHOWN]
        return [found[i % len(found)].question for i, found in enumerate(answered)]

    def comparisons(self) -> list[str]:
        """Questions that at least two regions answer."""
        regions: dict[Topic, set[str | None]] = {}
        for known in self._known:
            regions.setdefault(known.topic, set()).add(known.region)
        return [topic.question for topic, found in regions.items() if len(found) > 1][:SHOWN]

    def ahead(self, record: Mapping[str, Any], asked: Sequence[str]) -> tuple[list[str], str]:
        """What to ask after an answer (its JSON): the same question about another region, then topics answered nearby
        in the document; and a question to compare the regions by, or ""."""
        if record["status"] != "grounded" or not record["citations"]:
            return [], ""
        first = record["citations"][0]
        seen = {q.casefold() for q in asked} | {record["question"].casefold(), record["meant"].casefold()}
        regions = record["scope"]["regions"]
        found = []
        compare = ""
        # A topic answered at the same place is the one that was asked about.
        place = first["document_id"], first["page"], tuple(first["span"])
        same = next((k.topic for k in self._known if (k.document_id, k.page, k.span) == place), None)
        if same and len(regions) == 1:
            others = [k for k in self._known if k.topic == same and k.region not in (*regions, None)]
            found += [k.question for k in _after(regions[0], others)[:1]]
            compare = same.question if others else ""
        own = [k for k in self._known if k.document_id == first["document_id"] and k.topic != same]
        near = [k for k in own if k.region in (*regions, None)] or own
        found += [k.question for k in sorted(near, key=lambda k: abs(k.page - first["page"]))]
        return [q for q in dict.fromkeys(found) if q.casefold() not in seen][:SHOWN], compare

    def _try_all(self) -> None:
        regions: list[str | None] = [*present(self._assistant.retriever)] or [None]
        if not self._topics:
            self._try_headings()
        for topic in self._topics:
            for region in regions:
                question = topic.question
                if region:
                    question = f"{topic.question.rstrip('?')} i {region}?"
                try:
                    answer = self._assistant.ask(question, today=dt.date.today(), form=None).answer
                except AssistantError:
                    continue
                if isinstance(answer, Grounded):
                    first = answer.statements[0].citations[0]
                    self._known.append(
                        Known(topic, region, question, first.document_id, first.page, first.raw_span)
                    )
                if self._stopped.wait(_PAUSE):
                    return
        self._ready.set()

    def _try_headings(self) -> None:
        """Without configured topics: ask what the newest documents say under their headings, and keep the questions
        answered."""
        retriever, today = self._assistant.retriever, dt.date.today()
        papers = sorted(retriever.documents.values(), key=lambda d: standing(d.facts, today), reverse=True)
        for paper in papers[:SHOWN]:
            own = retriever.passages.of(paper.id)
            titles = [
                s.title
                for s in sections(own)
                if s.heading and 1 < len(s.title.split()) <= LONGEST and not is_header(s.title)
            ]
            region = paper.facts.regions[0] if paper.facts.regions else None
            for place, title in enumerate(titles[: 2 * SHOWN]):
                question = said("about_heading", title=title, where=f" i {region}" if region else "")
                try:
                    answer = self._assistant.ask(question, today=today, form=None).answer
                except AssistantError:
                    continue
                if isinstance(answer, Grounded):
                    first = answer.statements[0].citations[0]
                    topic = Topic(title, title, question, "staff" if place % 2 else "politician")
                    self._known.append(
                        Known(topic, region, question, first.document_id, first.page, first.raw_span)
                    )
                if self._stopped.wait(_PAUSE):
                    return


def _after(region: str, found: Sequence[Known]) -> list[Known]:
    """The topics, starting with the region that follows in the usual order."""
    places = {r: i for i, r in enumerate(REGIONS)}
    at = places.get(region, 0)
    return sorted(found, key=lambda k: (places.get(k.region or "", 0) - at - 1) % len(REGIONS))
