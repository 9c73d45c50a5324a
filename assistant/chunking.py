"""Clean pages to passages that follow the document.

A passage stays within one page and one section where it can, keeps lists and table rows whole,
and holds 100 to 180 words; a slide is a page with little text and becomes one passage. Short
neighbouring sections of a page share a passage. The heading path goes with it, but its text is
the page's own, untouched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.danish import ABBREVIATED, TIME
from assistant.models import CELL, HEAD, CleanPage, Facts, Passage, Span

GOAL, LEAST, MOST = 130, 100, 180  # words

BULLET = re.compile(r"\s*(?:\*(?!\*)|[-–—•·▪●○■□+»>«¢]|[eo](?=\s+[A-ZÆØÅ]))\s*(?=\S)")
NUMBERED = re.compile(r"\s*(?:\(?\d{1,2}[.)]|\(?[a-zæøå]\)|[A-Z]\.|\d+[A-Z]\.)\s+\S")
SECTION_NUMBER = re.compile(r"\s*(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+[A-ZÆØÅ]")
NAMED_PART = re.compile(
    r"\s*(?:Kapitel|Bilag|Appendiks|Afsnit|Del|Fokusområde|Tema|Indsatsområde|Tabel|Bord|Gruppe)\s+[\dIVX]+[A-Z]?\b[.:]?"
)
CLOCK = re.compile(rf"\s*(?:kl\. ?)?{TIME}\b(?!\.)")
CELLS = re.compile(r"(?<!\w)(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?(?!\w)|%|§")


@dataclass(frozen=True, slots=True)
class Block:
    """One line of clean text: [start, end) on its page."""

    page: int
    start: int
    end: int
    text: str
    kind: str  # "heading" | "item" | "row" | "paragraph"
    level: int = 0  # of a heading, from 1

    @property
    def words(self) -> int:
        return len(self.text.split())


def passages(document_id: str, pages: Sequence[CleanPage], facts: Facts) -> list[Passage]:
    """All passages of one document, in order; ordinals run from 0."""
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
    """(the header that the first rows of these blocks stand under and do not hold, the header that is
    in force after them). A table goes on over headings and page breaks, not over prose."""
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


def is_header(row: str) -> bool:
    """Whether a row of cells names the columns, as reading the table has settled.

    >>> is_header("Tilbud ¦ Takst 2025"), is_header("Krisecenter, § 109 | 2.653")
    (True, False)
    """
    return HEAD in row


# --- lines and what they are ---


def blocks_of(text: str, page: int = 0) -> list[Block]:
    """The lines of clean text and what each of them is, with their offsets."""
    lines: list[tuple[int, int, str]] = []
    at = 0
    for piece in text.split("\n"):
        if piece.strip():
            lead = len(piece) - len(piece.lstrip())
            lines.append((at + lead, at + len(piece.rstrip()), piece.strip()))
        at += len(piece) + 1
    blocks = []
    for i, (start, end, line) in enumerate(lines):
        after = lines[i + 1][2] if i + 1 < len(lines) else ""
        before = lines[i - 1][2] if i else ""
        kind, level = _kind(line, before, after)
        blocks.append(Block(page, start, end, line, kind, level))
    return blocks


def _kind(text: str, before: str, after: str) -> tuple[str, int]:
    words = text.split()
    if (CELL in text or HEAD in text) and not text.startswith("#"):
        return "row", 0
    if text.startswith("#"):
        return "heading", len(text) - len(text.lstrip("#"))
    if BULLET.match(text):
        return "item", 0
    short = len(words) <= 12 and not re.search(r"[.;,]$", text)
    if m := NAMED_PART.match(text):
        own_list = NAMED_PART.match(after) or NAMED_PART.match(before)
        return ("item", 0) if own_list or not short else ("heading", 1 if m.group()[0] in "KB" else 2)
    if is_row(text):
        return "row", 0
    if CLOCK.match(text) and (CLOCK.match(before) or CLOCK.match(after)):
        return "item", 0  # of a programme
    if m := SECTION_NUMBER.match(text):
        opened = before.endswith(":") and m.group(1) == "1"
        in_list = opened or NUMBERED.match(after) or (NUMBERED.match(before) and "." not in m.group(1))
        if short and not (in_list and m.group(1).isdigit()) and after and not text.endswith("?"):
            return "heading", 1 + m.group(1).count(".") + 1
    if NUMBERED.match(text):
        return "item", 0
    letters = [c for c in text if c.isalpha()]
    if short and len(letters) >= 4 and sum(c.isupper() for c in letters) > 0.8 * len(letters):
        return "heading", 2
    if _plain_heading(text, before, after):
        return "heading", 3
    return "paragraph", 0


def _plain_heading(text: str, before: str, after: str) -> bool:
    """A short capitalised line without an end, with running text (or a list) below it."""
    if len(text.split()) > 10 or not text[:1].isupper() or re.search(r"[.,;:!)\d]$", text):
        return False
    if text.endswith("?"):
        return bool(after) and not BULLET.match(after)
    below = len(after.split()) >= 9 or bool(BULLET.match(after)) or after.endswith(":") or is_row(after)
    return below and not (before and before[-1] in ",;")


def is_row(text: str) -> bool:
    """Whether a line reads like a table row: words and then several figures, no sentence.

    >>> is_row("Længerevarende botilbud, § 108 371 pr. døgn 2.653 2.717")
    True
    >>> is_row("Der etableres 3-4 klynger med 4-5 kommuner hver.")
    False
    """
    if CELL in text or HEAD in text:
        return True
    cells = CELLS.findall(text)
    words = text.split()
    return (
        len(cells) >= 2
        and len(words) <= 30
        and not re.search(r"[.:;]$", text)
        and len(cells) >= 0.18 * len(words)
        and bool(re.search(r"(?:\d|%|kr\.?|-|ja|nej|ikke oplyst)$", text))
        and not NUMBERED.match(text)
        and not re.search(r"^\w+: |[a-zæøå]{3}[.:] [A-ZÆØÅ]", text)
    )


# --- from lines to passages ---


def _groups(
    blocks: list[Block], path: list[tuple[int, str]]
) -> Iterator[tuple[list[Block], tuple[str, ...]]]:
    """Runs of blocks that make a passage, each with its heading path. `path` lives across pages."""
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
            above = _trailing(run)  # a heading goes with what stands under it
            yield run[: len(run) - len(above)], section
            run, section = above, _names(path)
        run = run + unit
        if sum(b.words for b in run) >= GOAL and unit[-1].kind == "paragraph":
            yield run, section
            run, section = [], _names(path)
    if run:
        yield run, section


def _trailing(run: list[Block]) -> list[Block]:
    """The headings a run ends with, none where it holds nothing else."""
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
    """What must not be torn: a heading with what follows, a list with its lead, a table's rows."""
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
    """A unit that is too long: a paragraph at sentences, a list or table between its lines."""
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


_END = re.compile(r"[.!?]+[\"”»')\]]*(?=\s+(?:[\"“«(\[»*]*[A-ZÆØÅ0-9§]|[-•]))|[.!?]+[\"”»')\]]*$")


_NUMBER = re.compile(r"\s*(?:\(?\d{1,2}\.|§+\s*\d+(?:\s?[a-zæøå])?\.|Stk\.\s*\d+\.|Stk\.)", re.IGNORECASE)


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a line of text; abbreviations and ordinals end none.

    >>> t = "Det gælder jf. § 6, stk. 2. Fristen er den 1. maj 2025. Se bl.a. bilag 3."
    >>> [t[a:b] for a, b in sentences(t)]
    ['Det gælder jf. § 6, stk. 2.', 'Fristen er den 1. maj 2025.', 'Se bl.a. bilag 3.']
    """
    spans, at = [], 0
    for m in _END.finditer(text):
        word = re.search(r"[\w./]*$", text[: m.start()])
        last = word.group().lower().lstrip(".") if word else ""
        following = text[m.end() :].lstrip()[:14]
        if m.end() < len(text) and m.group()[0] == "." and _no_end(last, following):
            continue
        if _NUMBER.fullmatch(text[at : m.end()]) and m.end() < len(text):
            continue  # the number of what follows
        if text[at : m.end()].strip():
            spans.append((at + len(text[at:]) - len(text[at:].lstrip()), m.end()))
        at = m.end()
    if text[at:].strip():
        spans.append((at + len(text[at:]) - len(text[at:].lstrip()), len(text.rstrip())))
    return spans


def _no_end(last: str, following: str) -> bool:
    if last in ABBREVIATED or last.rstrip(".") in ABBREVIATED:
        # "nr." and the like go on with a figure; "mv." before a capital does end a sentence.
        return bool(re.match(r"[\d§(]", following)) or last in (
            "bl.a",
            "f.eks",
            "jf",
            "ca",
            "pr",
            "hhv",
            "vedr",
            "v",
            "d",
            "bek",
            "borgm",
        )
    if last.isdigit() and len(last) <= 2:
        return not re.match(r"[A-ZÆØÅ]", following) or bool(re.match(r"(?:Januar|Maj)", following))
    return len(last) == 1 and last.isalpha()


def context(title: str, facts: Facts, section: Sequence[str]) -> str:
    """What is put before a passage when it is embedded and indexed, never when it is quoted.

    >>> context("Rammeaftale", Facts(region="Sjælland", period="2021-2022"), ("Takster",))
    'Rammeaftale · Sjælland · 2021-2022 · Takster'
    """
    period = facts.period and "-".join(dict.fromkeys(facts.period.split("-")))
    parts = [title, facts.region, period, *section[-3:]]
    return " · ".join(p for p in parts if p)
