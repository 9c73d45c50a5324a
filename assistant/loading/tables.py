"""Rows of the tables on a PDF's pages, as spans of the page's text.

pdfplumber finds the tables by their ruled lines; each row's cells are then looked up in the text as
pypdf extracts it, so that a quote of a row is still that text, character for character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

FEWEST = 3  # rows that make a table
GAP = 0.9  # of the letters' height: a wider gap between words parts two cells
RULES = {"vertical_strategy": "text", "horizontal_strategy": "lines"}
Cells = list[str]
Spans = tuple[tuple[int, int], ...]


def rows_of(sheet: Any, raw: str) -> tuple[Spans, ...]:
    """The rows of a pdfplumber page as spans of `raw`, one span for each filled cell, in the order of
    the text; rows that cannot be found in it are left out."""
    found: list[Spans] = []
    letters = [(c.lower(), i) for i, c in enumerate(raw) if not c.isspace()]
    text = "".join(c for c, _ in letters)
    at = 0
    for cells in _rows(sheet):
        bare = [re.sub(r"\s+", "", c).lower() for c in cells]
        start = text.find("".join(bare), at)
        if start < 0:
            continue
        spans = []
        for own in bare:
            spans.append((letters[start][1], letters[start + len(own) - 1][1] + 1))
            start += len(own)
        if _alone(raw, spans[0][0], spans[-1][1]):
            found.append(tuple(spans))
            at = start
    return tuple(sorted(found))


def _alone(raw: str, start: int, end: int) -> bool:
    """Whether a row has its lines to itself."""
    before = raw[:start].rpartition("\n")[2]
    after = raw[end:].partition("\n")[0]
    return not before.strip() and not after.strip()


def _rows(sheet: Any) -> Iterator[Cells]:
    """The filled cells of each row of each table, from the top of the page down."""
    tables = sheet.find_tables() or [t for t in sheet.find_tables(RULES) if len(t.rows) > FEWEST]
    for table in sorted(tables, key=lambda t: t.bbox[1]):
        ruled = max((len([c for c in row.cells if c]) for row in table.rows), default=0)
        if len(table.rows) < FEWEST or ruled < 2:
            continue
        yield from _headers(sheet, table)
        for row in table.rows:
            words = sheet.crop(row.bbox, strict=False).extract_words()
            yield from _split(words)


def _headers(sheet: Any, table: Any) -> Iterator[Cells]:
    """The line right above a table whose first rule stands below its header."""
    left, top, right, _ = table.bbox
    height = min(24.0, top)
    words = sheet.crop((left, top - height, right, top), strict=False).extract_words()
    lines = list(_split(words))
    if lines and len(lines[-1]) >= 3:
        yield lines[-1]


def _split(words: Sequence[dict[str, Any]]) -> Iterator[Cells]:
    """Words of one row as cells: parted by wide gaps, a wrapped cell's lines put together."""
    if not words:
        return
    columns: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda w: (w["x0"], w["top"])):
        space = GAP * (word["bottom"] - word["top"])
        own = next((c for c in columns if word["x0"] < max(w["x1"] for w in c) + space), None)
        if own is None:
            columns.append([word])
        else:
            own.append(word)
    yield [
        " ".join(w["text"] for w in sorted(column, key=lambda w: (round(w["top"]), w["x0"])))
        for column in columns
    ]
