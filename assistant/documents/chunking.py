"""Cuts clean pages into passages that follow the structure of the document.

A passage stays within one page and one section where possible, keeps lists and table rows whole, and holds 100 to 180
words. A slide is a page with little text and becomes one passage. Short neighbouring sections of a page share a
passage. The heading path is stored beside the passage; its text is the unchanged text of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.documents.blocks import Block, blocks_of, is_header
from assistant.language.sentences import sentences
from assistant.models import CELL, HEAD, CleanPage, Facts, Passage, Span

GOAL, LEAST, MOST = 130, 100, 180  # words


def passages(document_id: str, pages: Sequence[CleanPage], facts: Facts) -> list[Passage]:
    """All passages of one document, in order; ordinals start at 0."""
    found: list[Passage] = []
    path: list[tuple[int, str]] = []
    header: tuple[Span, str] | None = None
    for page in pages:
        for blocks, section in _groups(blocks_of(page.text, page.number), path):
            start, end = blocks[0].start, blocks[-1].end
            text = page.text[start:end]
            if not re.search(r"\w{2}", text):
                continue
            spans: tuple[Span, ...] = (Span(page.number, start, end),)
            above, header = _header(blocks, page.number, header)
            if above:
                spans, text = (above[0], *spans), f"{above[1]}\n{text}"
            ordinal = len(found)
            found.append(
                Passage(f"{document_id}:{ordinal}", document_id, ordinal, text, spans, section, facts)
            )
    return found


Header = tuple[Span, str]


def _header(blocks: Sequence[Block], page: int, before: Header | None) -> tuple[Header | None, Header | None]:
    """(the header that applies to the first rows of these blocks but is not among them, the header in force after
    them). A table continues across headings and page breaks, but not across prose."""
    above, current = None, before
    for block in blocks:
        if block.kind == "row" and (CELL in block.text or HEAD in block.text):
            if is_header(block.text):
                current = Span(page, block.start, block.end), block.text
            elif current and current[1].count(HEAD) != block.text.count(CELL):
                current = None
            elif current is before and current is not None and above is None:
                above = current
        elif block.kind in ("paragraph", "item") and block.words > 12:
            current = None
    return above, current


def _groups(
    blocks: list[Block], path: list[tuple[int, str]]
) -> Iterator[tuple[list[Block], tuple[str, ...]]]:
    """Groups of blocks that make a passage, each with its heading path. `path` is carried from page to page. It is one
    loop, because each unit changes the run, the section and the path together."""
    run: list[Block] = []
    section: tuple[str, ...] = _names(path)
    for unit in _units(blocks):
        head = unit[0]
        words = sum(b.words for b in unit)
        have = sum(b.words for b in run)
        if head.kind == "heading":
            wide = have >= LEAST or (head.level <= 1 and have >= 40)
            if run and (wide or have + words > MOST):
                yield run, section
                run = []
            _enter(path, head)
            if not run:
                section = _names(path)
            run = run + unit
            continue
        if run and have + words > MOST and have >= 40:
            above = _trailing(run)  # keep a heading together with the text under it
            yield run[: len(run) - len(above)], section
            run, section = above, _names(path)
        run = run + unit
        if sum(b.words for b in run) >= GOAL and unit[-1].kind == "paragraph":
            yield run, section
            run, section = [], _names(path)
    if run:
        yield run, section


def _trailing(run: list[Block]) -> list[Block]:
    """The headings at the end of a run, or nothing if the run has only headings."""
    at = len(run)
    while at and run[at - 1].kind == "heading":
        at -= 1
    return run[at:] if at else []


def _enter(path: list[tuple[int, str]], heading: Block) -> None:
    while path and path[-1][0] >= heading.level:
        path.pop()
    path.append((heading.level, heading.text.strip("# ").rstrip(":")))


def _names(path: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(name for _, name in path)


def _units(blocks: list[Block]) -> Iterator[list[Block]]:
    """Groups of blocks that must stay together: each heading, a list with the line that introduces it, the rows of a
    table."""
    i = 0
    while i < len(blocks):
        unit = [blocks[i]]
        i += 1
        if unit[0].kind == "heading":
            while i < len(blocks) and blocks[i].kind == "heading" and blocks[i].level > unit[-1].level:
                unit.append(blocks[i])
                i += 1
            yield from ([b] for b in unit)
            continue
        if (
            unit[0].kind == "paragraph" and (unit[0].text.endswith(":") or _next_is(blocks, i, "row"))
        ) or unit[0].kind in ("item", "row"):
            unit, i = _take(blocks, i, unit)
        yield from _split(unit)


def _next_is(blocks: list[Block], i: int, kind: str) -> bool:
    return i < len(blocks) and blocks[i].kind == kind


def _take(blocks: list[Block], i: int, unit: list[Block]) -> tuple[list[Block], int]:
    kind = (
        blocks[i].kind if len(unit) == 1 and unit[0].kind == "paragraph" and i < len(blocks) else unit[0].kind
    )
    while i < len(blocks) and blocks[i].kind == kind and kind in ("item", "row"):
        unit.append(blocks[i])
        i += 1
    return unit, i


def _split(unit: list[Block]) -> Iterator[list[Block]]:
    """Splits a unit that is too long: a paragraph at sentences, a list or table between its lines."""
    if sum(b.words for b in unit) <= MOST:
        yield unit
        return
    run: list[Block] = []
    for block in unit:
        pieces = [block] if block.words <= MOST else list(_sentences_of(block))
        for piece in pieces:
            if run and sum(b.words for b in run) + piece.words > (MOST if len(unit) > 1 else GOAL + 10):
                yield run
                run = []
            run.append(piece)
    if run:
        yield run


def _sentences_of(block: Block) -> Iterator[Block]:
    for start, end in sentences(block.text):
        yield Block(block.page, block.start + start, block.start + end, block.text[start:end], "paragraph")


def context(title: str, facts: Facts, section: Sequence[str]) -> str:
    """The text put before a passage when it is embedded and indexed. It is never quoted.

    >>> context("Rammeaftale", Facts(region="Sjælland", period="2021-2022"), ("Takster",))
    'Rammeaftale · Sjælland · 2021-2022 · Takster'
    """
    period = facts.period and "-".join(dict.fromkeys(facts.period.split("-")))
    parts = [title, facts.region, period, *section[-3:]]
    return " · ".join(p for p in parts if p)
