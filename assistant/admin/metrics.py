"""Monitoring for administrators: Prometheus metrics and a log with one JSON line for each request.

The text of questions is in neither, unless `log_questions` is set.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import threading
from typing import Any, TextIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)


class Observed:
    """The metrics and the log of one application."""

    def __init__(self, log_questions: bool = False, out: TextIO | None = None) -> None:
        self._out, self._words = out or sys.stderr, log_questions
        self._writing = threading.Lock()
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "assistant_requests_total", "Requests by kind of page and status", ["kind", "status"],
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "assistant_request_seconds", "Seconds a request took, by kind of page", ["kind"],
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self._answers = Counter(
            "assistant_answers_total", "Answers by outcome", ["status"], registry=self.registry
        )
        self._asking = Histogram(
            "assistant_answer_seconds", "Seconds to a whole answer, models loaded", buckets=_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self._tokens = Counter(
            "assistant_model_tokens_total",
            "Tokens of a language model",
            ["direction"],
            registry=self.registry,
        )
        self._model_seconds = Histogram(
            "assistant_model_seconds",
            "Seconds a language model wrote",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.feedback = Counter(
            "assistant_feedback_total", "What readers said", ["verdict"], registry=self.registry
        )
        self._index = Gauge("assistant_index_documents", "Documents in the index", registry=self.registry)

    def request(self, kind: str, method: str, status: int, seconds: float) -> None:
        self._requests.labels(kind, str(status)).inc()
        self._seconds.labels(kind).observe(seconds)
        self._line("request", kind=kind, method=method, status=status, seconds=round(seconds, 4))

    def answer(self, record: dict[str, Any]) -> None:
        """Count and log an answer, given as its JSON."""
        self._answers.labels(record["status"]).inc()
        self._asking.observe(record["seconds"])
        if cost := record.get("cost"):
            self._tokens.labels("read").inc(cost["tokens_read"])
            self._tokens.labels("written").inc(cost["tokens_written"])
            self._model_seconds.observe(cost["seconds"])
        about = {"status": record["status"], "reason": record["reason"], "seconds": record["seconds"]}
        words = {"question": record["question"], "meant": record["meant"]} if self._words else {}
        about |= {"model": record["model"], **record["cost"]} if record.get("cost") else {}
        self._line("answer", **about, statements=len(record["statements"]), **words)

    def metrics(self, documents: int) -> bytes:
        """The metrics in Prometheus text format."""
        self._index.set(documents)
        return generate_latest(self.registry)

    def _line(self, event: str, **values: object) -> None:
        row = {"time": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}", "event": event, **values}
        with self._writing:
            print(json.dumps(row, ensure_ascii=False), file=self._out, flush=True)
