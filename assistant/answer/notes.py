"""The notes that a statement refers to: a superscript mark on the page, and the line that begins with the same mark."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.documents.cleaning import NOTE_MARK
from assistant.language.marks import NOTE
from assistant.models import CleanPage, Passage, Quote, Span, Statement

MOST = 3  # most notes of one statement


def marks_in(page: CleanPage, start: int, end: int) -> list[str]:
    """The note marks within [start, end) of a page's clean text, as written on the page, in order."""
    if end <= start:
        return []
    first, last = page.raw_span(start, end)
    return [r.before.strip() for r in page.repairs if r.reason == NOTE_MARK and first <= r.start <= last]


def note_line(page: CleanPage, mark: str) -> tuple[int, int] | None:
    """[start, end), in the page's clean text, of the note that a mark refers to."""
    found = re.search(rf"(?m)^{re.escape(mark)}(?!{NOTE.pattern})[.)⁾]?\s*\S.*$", page.text)
    return found.span() if found else None


def noted(spans: Sequence[tuple[CleanPage, int, int]], passages: Sequence[Passage]) -> list[Statement]:
    """Statements for the notes that a statement refers to. `spans` are the places of its quotes on their pages,
    `passages` those of the document, from which the notes are quoted."""
    found: list[Statement] = []
    for page, start, end in spans:
        for mark in dict.fromkeys(marks_in(page, start, end)):
            line = note_line(page, mark)
            if line is None or (line[0] < end and start < line[1]):
                continue
            quote = _quoted(page, line, passages)
            if quote is not None and len(found) < MOST:
                found.append(Statement(quote.text, (quote,), kind="note"))
    return found


def _quoted(page: CleanPage, line: tuple[int, int], passages: Sequence[Passage]) -> Quote | None:
    """The line as a quote of the passage that holds it."""
    for passage in passages:
        at = 0
        for span in passage.spans:
            if _holds(span, page.number, line):
                start = at + line[0] - span.start
                return Quote(passage.id, start, start + line[1] - line[0], page.text[slice(*line)])
            at += span.end - span.start + 1
    return None


def _holds(span: Span, number: int, line: tuple[int, int]) -> bool:
    return span.page == number and span.start <= line[0] and line[1] <= span.end
