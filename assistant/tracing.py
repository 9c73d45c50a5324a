"""OpenTelemetry spans, if a receiver is set; without one nothing is imported or recorded.

A span has the duration and outcome of a step, never the text of a question or an answer. The spans use their own
provider, so that no library's spans are sent with them.
"""

from __future__ import annotations

import atexit
from functools import lru_cache
from typing import Any


class Span:
    """One step in progress; does nothing where no receiver is set."""

    __slots__ = ("_span", "_tracer")

    def __init__(self, tracer: Any = None, span: Any = None) -> None:
        self._tracer, self._span = tracer, span

    def step(self, name: str) -> Span:
        """A child span."""
        if self._span is None:
            return self
        from opentelemetry import trace

        inside = trace.set_span_in_context(self._span)
        return Span(self._tracer, self._tracer.start_span(name, context=inside))

    def note(self, **about: str | int | float | bool) -> None:
        """Set attributes: names and numbers."""
        if self._span is not None:
            self._span.set_attributes(about)

    def end(self) -> None:
        if self._span is not None:
            self._span.end()


def begin(name: str, receiver: str) -> Span:
    """A root span. `receiver` is an OTLP address ("http://127.0.0.1:4317"), "" where there is none."""
    if not receiver:
        return Span()
    tracer = _tracer(receiver)
    return Span(tracer, tracer.start_span(name))


@lru_cache(maxsize=4)
def _tracer(receiver: str) -> Any:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource({"service.name": "rammeaftale-assistent"}), shutdown_on_exit=False
    )
    exporter = OTLPSpanExporter(endpoint=receiver, insecure=receiver.startswith("http://"), timeout=3)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
    atexit.register(provider.shutdown)
    return provider.get_tracer("assistant")
