"""Which words of a statement answer the question: the one amount or cell among several, set in bold."""

from __future__ import annotations

import re

from assistant.chunking import is_row, sentences
from assistant.models import CELL, HEAD
from assistant.plainly import has_verb
from assistant.ranking import Query
from assistant.units import Unit, tokens_of


def bold(query: Query, text: str, unit: Unit) -> tuple[tuple[int, int], ...]:
    """Where the words stand in a text that is shown for a unit: (start, end), none where it cannot be told."""
    if unit.kind == "row" or is_row(unit.text):
        # Which column answers is known by its year alone; a guess would mark a wrong figure.
        cell = _cell(query, text)
        return (cell,) if cell else ()
    spans = query.expected.spans(text)
    if not spans or unit.kind == "list":
        return ()
    return (max(spans, key=lambda span: (said_of(query, text, spans, span), -span[0])),)


FAINTLY = 0.4  # how far what a part with a verb says holds for the part after it, that has its own
_JOINT = re.compile(r",\s+(?:og|men|mens|samt)\s|;\s|\s(?:og|samt|men|mens)\s")
_FORMER = re.compile(
    r"\b(?:hidtil|tidligere|førhen|oprindeligt|mod|før(?= var))\s+"
    r"(?:(?:har|været|var|på|den|det|før|hidtil|tidligere)\s+){0,3}$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?:en|et) (?!halvt?\b|kvartal\b)", re.IGNORECASE)  # "i en måned" says no amount
_FORMERLY = re.compile(r"\b(?:hidtil|tidligere|før|var)\b", re.IGNORECASE)


def said_of(query: Query, text: str, spans: list[tuple[int, int]], span: tuple[int, int]) -> float:
    """How much of the question is said of one of several amounts in a text.

    Each amount has its part of the sentence, from the joint before it to the joint after it. What an
    earlier part says holds for it too where it has no verb of its own, and faintly where it has. Of
    equals the first is meant; what held until now is not meant unless it is asked for, and an article
    is hardly a number.
    """
    start, end = next((a, b) for a, b in sentences(text) if a <= span[0] < b or b == len(text))
    inside = [s for s in spans if start <= s[0] < end]
    place = inside.index(span)
    stop, own = end, start
    if place + 1 < len(inside):
        following = inside[place + 1][0]
        joints = [m.start() for m in _JOINT.finditer(text, span[1], following)]
        comma = text.find(", ", span[1], following)
        stop = joints[-1] if joints else comma if comma >= 0 else following
    if place:
        before = inside[place - 1][1]
        joints = [m.end() for m in _JOINT.finditer(text, before, span[0])]
        own = joints[-1] if joints else max(text.rfind(", ", before, span[0]), before)
    earlier = FAINTLY if has_verb(text[own:stop]) else 1.0
    here, there = query.matches(tokens_of(text[own:stop])), query.matches(tokens_of(text[start:own]))
    said = 0.0
    for i, pull in enumerate(query.pulls):
        match = max(here[i] if here else 0.0, earlier * there[i] if there else 0.0)
        said += pull * match if match >= FAINTLY / 2 else 0.0
    if _ARTICLE.match(text, span[0]):
        said -= FAINTLY
    former = _FORMER.search(text, start, span[0]) and not _FORMERLY.search(query.text)
    return said - 1 if former else said


def _cell(query: Query, text: str) -> tuple[int, int] | None:
    """The cell of the column asked for: by the year in its head, else by the words of it. Where the
    cells are not parted, the last columns of a row stand under the header's years."""
    header, _, row = text.rpartition("\n")
    shift = len(header) + 1
    if CELL in row:
        if header.count(HEAD) != row.count(CELL):
            return None
        return _column(query, header, row, shift)
    years = re.findall(r"\b(?:19|20)\d\d\b", header)
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
    if asked and dated and not asked & dated:  # the year asked for has no column here
        return None
    said = [
        sum(p * t.match(tokens_of(head)) for t, p in zip(query.known, query.pulls, strict=True))
        + bool(asked & set(re.findall(r"\b(?:19|20)\d\d\b", head)))
        for head in heads
    ]
    best = max(range(1, len(heads)), key=lambda i: said[i])
    if said[best] <= 0 or sum(s == said[best] for s in said[1:]) > 1:
        return None
    start = shift + sum(len(c) + len(CELL) for c in row.split(CELL)[:best])
    cell = row.split(CELL)[best]
    return (start, start + len(cell)) if re.search(r"\w", cell) else None
