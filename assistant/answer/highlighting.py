"""Which words of a statement to set in bold: the one amount or cell among several that answers the question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer.amounts import said_of
from assistant.documents.answer_units import Unit, tokens_of
from assistant.documents.blocks import is_row
from assistant.language.values import values_in
from assistant.models import CELL, HEAD
from assistant.retrieval.ranking import Query

_AFTER = re.compile(
    r"\b(?:19|20)\d\d\b(?!.*\b(?:19|20)\d\d\b)\W*(?!(?:kr|kroner|pct)\b)[^\W\d].*$", re.DOTALL
)


def bold(query: Query, text: str, unit: Unit) -> tuple[tuple[int, int], ...]:
    """(start, end) of the words that answer, in a text shown for a unit; empty where that cannot be told."""
    if unit.kind == "row" or is_row(unit.text):
        # Only a clear match of the column may mark a cell; a guess would mark a wrong figure.
        cell = _cell(query, text)
        return (cell,) if cell else ()
    spans = query.expected.spans(text)
    if not spans or unit.kind == "list":
        return ()
    return (max(spans, key=lambda span: (said_of(query, text, spans, span), -span[0])),)


def _cell(query: Query, text: str) -> tuple[int, int] | None:
    """The cell of the column asked for: by the year in its head, else by the words of the head. Where the cells have
    no separators, the last cells of the row belong to the years in the header."""
    header, _, row = text.rpartition("\n")
    shift = len(text) - len(row)
    if CELL in row:
        if header.count(HEAD) == row.count(CELL) and (named := _column(query, header, row, shift)):
            return named
        if HEAD in header and header.count(HEAD) != row.count(CELL):
            return None
        return _alone(query, header, row, shift)
    years = re.findall(r"\b(?:19|20)\d\d\b", header)
    if _AFTER.search(header):  # another column follows, so the cell of the last year is unknown
        return None
    asked = [y for y in re.findall(r"\b(?:19|20)\d\d\b", query.text) if y in years]
    cells = list(re.finditer(r"\d[\d.]*(?:,\d+)?", row))
    if len(set(asked)) != 1 or len(cells) < len(years):
        return None
    cell = cells[len(cells) - len(years) + years.index(asked[0])]
    return shift + cell.start(), shift + cell.end()


def _column(query: Query, header: str, row: str, shift: int) -> tuple[int, int] | None:
    heads = header.split(HEAD)
    asked = set(re.findall(r"\b(?:19|20)\d\d\b", query.text))
    dated = {y for head in heads for y in re.findall(r"\b(?:19|20)\d\d\b", head)}
    if asked and dated and not asked & dated:  # the year asked for has no column
        return None
    said = [
        sum(p * t.match(tokens_of(head)) for t, p in zip(query.known, query.pulls, strict=True))
        + bool(asked & set(re.findall(r"\b(?:19|20)\d\d\b", head)))
        for head in heads
    ]
    best = max(range(1, len(heads)), key=lambda i: said[i])
    if said[best] <= 0 or sum(s == said[best] for s in said[1:]) > 1:
        return None
    return _place(row.split(CELL), best, shift)


def _alone(query: Query, header: str, row: str, shift: int) -> tuple[int, int] | None:
    """The only cell with a value of the kind asked for: "Varsel | Mindst 3 måneder | Skriftligt". A value in a
    remarks column does not count next to another cell's, nor one with further words next to a bare one. None where
    years name the columns or a cell is empty, because another column might be meant."""
    cells = row.split(CELL)
    if re.search(r"\b(?:19|20)\d\d\b", header) or not all(re.search(r"\w", c) for c in cells):
        return None
    heads = header.split(HEAD) if HEAD in header else []
    told = [i for i, c in enumerate(cells) if i and values_in(c) and query.expected.met(c)]
    told = [i for i in told if not (heads and _REMARK.search(heads[i]))] or told
    bare = [i for i in told if _is_value(cells[i].strip())]
    (at,) = bare if len(bare) == 1 else told if len(told) == 1 else (0,)
    return _place(cells, at, shift) if at else None


_REMARK = re.compile(r"bemærkning|note|uddyb|tilføj|kommentar|husk|anmærk|supplerende|forklar", re.IGNORECASE)
_COUNTED = re.compile(r"(?:\s+[^\W\d]+){0,2}\.?")  # "6 personer", "3 x årligt"


def _is_value(text: str) -> bool:
    """Whether a text is one figure from end to end, including what it counts.

    >>> _is_value("3 måneder"), _is_value("6 personer"), _is_value("Første gang 3 måneder efter")
    (True, True, False)
    """
    return any(v.start == 0 and _COUNTED.fullmatch(text, v.end) for v in values_in(text))


def _place(cells: Sequence[str], column: int, shift: int) -> tuple[int, int] | None:
    """The span of a cell in its statement; None where it is empty."""
    start = shift + sum(len(c) + len(CELL) for c in cells[:column])
    return (start, start + len(cells[column])) if re.search(r"\w", cells[column]) else None
