"""Splits a passage into answer units: sentences, list items, whole lists and table rows.

A unit also carries the text that says what it is about: its heading, the sentence that introduces its list, or the
header of its table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from assistant.documents.blocks import CLOCK, Block, blocks_of, is_header
from assistant.language.paraphrase import has_verb
from assistant.language.sentences import sentences
from assistant.language.words import terms
from assistant.models import CELL, HEAD

LONG_ITEM = 25  # words: an item longer than this is split if it has several sentences
# Words. A longer sentence is probably several merged lines; CLAUSE is the longest segment it is cut into.
RUN_ON, CLAUSE = 50, 34
HEADER_WORDS = 14
TITLE_WORDS = 8  # most words of a title at the start of a paragraph


@dataclass(frozen=True, slots=True)
class Unit:
    """The span [start, end) of a passage's text. `about` is the context that governs the unit; it is not part of its
    text."""

    start: int
    end: int
    text: str
    kind: str  # "sentence" | "item" | "list" | "row" | "heading"
    about: str = ""
    lead: int | None = None  # where the sentence that introduces its list starts

    @property
    def words(self) -> int:
        return len(self.text.split())


@lru_cache(maxsize=4096)
def units_of(text: str) -> tuple[Unit, ...]:
    """All units of a passage's text, in order. A list gives one unit for the whole and one for each item."""
    blocks = blocks_of(text)
    found: list[Unit] = []
    heading = columns = ""
    i = 0
    while i < len(blocks):
        block = blocks[i]
        if block.kind == "heading":
            heading = block.text.strip("# ")
            bare = _bare_list(blocks, i)
            if bare:
                found.append(_span(text, block.start, bare[-1].end, "list"))
                found += [_span(text, b.start, b.end, "item", heading) for b in bare]
                i += 1 + len(bare)
                continue
            found.append(_span(text, block.start, block.end, "heading"))
        elif block.kind == "row":
            rows = _run(blocks, i, "row")
            units, columns = _table(text, rows, heading, _header(blocks, i), columns)
            found += units
            i += len(rows)
            continue
        elif block.kind == "item":
            items = _run(blocks, i, "item")
            found += _list(text, blocks, i, items, heading)
            i += len(items)
            continue
        else:
            cuts = [c for start, end in sentences(block.text) for c in _stretches(block.text, start, end)]
            found += _prose(text, block, cuts, heading)
        i += 1
    return tuple(found)


def _span(text: str, start: int, end: int, kind: str, about: str = "", lead: int | None = None) -> Unit:
    return Unit(start, end, text[start:end], kind, about, lead)


def _run(blocks: list[Block], i: int, kind: str) -> list[Block]:
    """Consecutive blocks of one kind. One or two stray lines inside a list do not end it. Agenda items (lines with a
    time) and other list items form separate runs."""
    run: list[Block] = []
    timed = bool(CLOCK.match(blocks[i].text))
    while i < len(blocks):
        if blocks[i].kind == kind and bool(CLOCK.match(blocks[i].text)) == timed:
            run.append(blocks[i])
        elif kind == "item" and (gap := _stray(blocks, i)):
            run += blocks[i : i + gap]
            i += gap - 1
        else:
            break
        i += 1
    return run


def _stray(blocks: list[Block], i: int) -> int:
    """How many short lines without a bullet stand between two list items (a misread bullet), or 0."""
    for gap in (1, 2):
        inside = blocks[i : i + gap]
        after = blocks[i + gap : i + gap + 1]
        if (
            after
            and after[0].kind == "item"
            and all(
                b.kind == "paragraph" and b.words <= 6 and not re.search(r"[.:?]$", b.text) for b in inside
            )
        ):
            return gap
    return 0


_SEAM = re.compile(r"(?<=[a-zæøå)])\s+(?=(?:\d{1,2}\.\s+)?[A-ZÆØÅ][a-zæøå])|(?<=:)\s+")


def _stretches(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentence itself. A very long sentence is probably several lines merged without full stops, as on slides; it
    is cut where a line seems to start."""
    if len(text[start:end].split()) <= RUN_ON:
        return [(start, end)]
    cuts = [start, *(start + m.end() for m in _SEAM.finditer(text[start:end])), end]
    spans: list[tuple[int, int]] = []
    for a, b in pairwise(cuts):
        have = len(text[spans[-1][0] : spans[-1][1]].split()) if spans else 0
        if spans and have + len(text[a:b].split()) <= CLAUSE and have < CLAUSE // 2:
            spans[-1] = (spans[-1][0], b)
        else:
            spans.append((a, b))
    return [(a, a + len(text[a:b].rstrip())) for a, b in spans if text[a:b].strip()]


def _table(text: str, rows: list[Block], heading: str, header: str, columns: str) -> tuple[list[Unit], str]:
    """(the units of a table's rows, the last row that named the columns). `header` is the line above the table;
    `columns` is the last header row of an earlier part of the table."""
    found: list[Unit] = []
    parted = CELL in rows[0].text or is_header(rows[0].text)
    if not parted and not AMOUNT.search(rows[0].text):
        header = rows[0].text
    for b in rows:
        if is_header(b.text) or (len(rows) > 1 and b.text == header and not parted):
            columns = b.text
            found.append(_span(text, b.start, b.end, "heading"))
            continue
        under = columns if columns.count(HEAD) == b.text.count(CELL) else ""
        found.append(_span(text, b.start, b.end, "row", f"{heading} {under if parted else header}"))
    return found, columns


def _lead(blocks: list[Block], i: int, heading: str) -> tuple[str, int | None]:
    """(the context of the list at `i`, where the sentence or heading that introduces it starts)."""
    before = blocks[i - 1] if i else None
    if before is None:
        return heading, None
    opens = before.kind == "paragraph" or (before.kind == "item" and before.text.endswith(":"))
    if opens and (before.text.endswith(":") or not re.search(r"[.!?]$", before.text)):
        start = sentences(before.text)[-1][0]
        return f"{heading} {before.text[start:]}", before.start + start
    return heading, before.start if before.kind == "heading" else None


def _list(text: str, blocks: list[Block], i: int, items: list[Block], heading: str) -> Iterator[Unit]:
    """The list with its introducing sentence, then its items. A long item is split into sentences."""
    about, lead_start = _lead(blocks, i, heading)
    inner = [n for n, b in enumerate(items[:-1]) if b.text.endswith(":")]
    if inner:  # one of the items introduces a nested list
        sub = items[inner[-1] :]
        yield _span(text, sub[0].start, sub[-1].end, "list", f"{about} {sub[0].text}", sub[0].start)
        items = items[: inner[-1] + 1]
        for item in sub[1:]:
            yield _span(text, item.start, item.end, "item", sub[0].text, sub[0].start)
    if len(items) > 1:
        start = items[0].start if lead_start is None else lead_start
        yield _span(text, start, items[-1].end, "list", about, lead_start)
    for item in items:
        spans = sentences(item.text) if item.words > LONG_ITEM else []
        if len(spans) > 1:  # an item with an explanation, or a numbered heading merged with its paragraph
            yield from _prose(text, item, spans, about)
        else:
            yield _span(text, item.start, item.end, "item", about, lead_start)


def _prose(text: str, block: Block, cuts: Sequence[tuple[int, int]], about: str) -> Iterator[Unit]:
    """The sentences of a block; each cut [start, end) is relative to the block's text. A title at the start of the
    block is added to the context of the sentences after the first."""
    title = run_in(block.text)
    for start, end in cuts:
        under = f"{about} {title}".strip() if start else about
        yield _span(text, block.start + start, block.start + end, "sentence", under)


_RUN_IN = re.compile(
    r"\s*(?:[-–•*+]\s+|\(?\d{1,2}[.)]\s+|§+\s*\d+\w?\.?\s+|Stk\.\s*\d+\.?\s+)*(?:\*\*)?(?P<title>[A-ZÆØÅ][^.:*]{2,80})"
    r"[.:]?(?:\*\*)?[.:]?(?<=[.:*])\s+(?=[\"“»(]?[A-ZÆØÅ\d])"
)


def run_in(text: str) -> str:
    """The title that opens a paragraph on the same line, or "".

    >>> run_in("Stk. 2. Betalingsfrist. En regning betales straks."), run_in("- **Fravær:** Taksten sættes ned.")
    ('Betalingsfrist', 'Fravær')
    >>> run_in("Taksten stiger. Det sker hvert år.")
    ''
    """
    m = _RUN_IN.match(text)
    if m is None or len(m.group("title").split()) > TITLE_WORDS or has_verb(m.group("title")):
        return ""
    return m.group("title").strip()


def _bare_list(blocks: list[Block], i: int) -> list[Block]:
    """Short lines under a heading, without bullets or full stops: a list as slides and covers format it."""
    run: list[Block] = []
    for block in blocks[i + 1 :]:
        short = block.words <= 12 and not re.search(r"[.:;?]$", block.text) and block.text[:1].isupper()
        if block.kind == "row" or not short or (block.kind == "heading" and (block.level <= 2 or not run)):
            break
        run.append(block)
    return run if len(run) >= 2 else []


AMOUNT = re.compile(r"(?<![§\d.,])(?<!§ )\b(?!(?:19|20)\d\d\b)\d+(?:[.,]\d+)*\b")


def _header(blocks: list[Block], i: int) -> str:
    before = blocks[i - 1] if i else None
    if before and before.kind in ("paragraph", "heading") and before.words <= HEADER_WORDS:
        return before.text
    return ""


@lru_cache(maxsize=65536)
def tokens_of(text: str) -> frozenset[str]:
    """The index tokens of a short text."""
    return frozenset(terms(text))
