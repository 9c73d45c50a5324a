"""Checks every quote against its page before it is shown.

The check does not trust the passage: it takes the raw page as it was read, applies the page's repairs again, and
compares. A quote that passes becomes a Citation; one that fails is never shown as a quote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from assistant.documents.cleaning import NOTE_MARK
from assistant.index.catalog import Catalog
from assistant.models import Citation, CleanPage, DocumentEntry, Passage, Quote, Statement


class Grounder:
    """Checks quotes against the pages of one index. Safe to share between threads for reading."""

    def __init__(self, catalog: Catalog, documents: dict[str, DocumentEntry]) -> None:
        self._catalog = catalog
        self._documents = documents
        self._page = lru_cache(maxsize=256)(catalog.page)

    def verify(self, passage: Passage, quote: Quote) -> Citation | None:
        """The quote with its place on the raw page, or None where the page does not hold it.

        A quote must lie within one span (page); for several spans, pass one quote for each.
        """
        span = _span_of(passage, quote)
        document = self._documents.get(passage.document_id)
        if span is None or document is None or quote.passage_id != passage.id:
            return None
        number, start, end = span
        try:
            page: CleanPage = self._page(passage.document_id, number)
            raw_page = self._catalog.raw(passage.document_id, number)
        except (KeyError, ValueError):
            return None
        if not quote.text.strip() or page.text[start:end] != quote.text:
            return None
        raw_start, raw_end = page.raw_span(start, end)
        raw = raw_page[raw_start:raw_end]
        if not raw or page.restore() != raw_page:
            return None
        repaired = any(r.reason == "ocr" and raw_start < r.end and r.start < raw_end for r in page.repairs)
        origin, place = self._catalog.origin(passage.document_id, number)
        return Citation(
            document.id, document.name, document.title, number, quote.text, raw,
            (raw_start, raw_end), passage.facts, repaired, origin == "ocr", place,
            self._catalog.printed(passage.document_id, number),
        )  # fmt: skip

    def places(
        self, statement: Statement, passages: Sequence[Passage], place: Mapping[str, int]
    ) -> list[tuple[CleanPage, int, int]]:
        """(page, start, end) in the page's clean text of each quote of a statement, for pages with note marks."""
        found = []
        for quote in statement.quotes:
            passage = passages[place[quote.passage_id]]
            span = _span_of(passage, quote)
            if span is None:
                continue
            page = self._page(passage.document_id, span[0])
            if any(r.reason == NOTE_MARK for r in page.repairs):
                found.append((page, span[1], span[2]))
        return found


def _span_of(passage: Passage, quote: Quote) -> tuple[int, int, int] | None:
    """(page, start, end) in the page's clean text, from the offsets in the passage's text."""
    at = 0
    for span in passage.spans:
        length = span.end - span.start
        if at <= quote.start and quote.end <= at + length:
            return span.page, span.start + quote.start - at, span.start + quote.end - at
        at += length + 1  # spans are joined by one line break
    return None
