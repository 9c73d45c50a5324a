"""Splits clean text into lines and classifies each: heading, list item, table row or paragraph."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.language.times import TIME
from assistant.models import CELL, HEAD

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
    """One line of clean text, at [start, end) on its page."""

    page: int
    start: int
    end: int
    text: str
    kind: str  # "heading" | "item" | "row" | "paragraph"
    level: int = 0  # heading level, from 1; 0 for other kinds

    @property
    def words(self) -> int:
        return len(self.text.split())


def is_header(row: str) -> bool:
    """Whether a row is a table header. The table reader decided this and marked it with `HEAD`.

    >>> is_header("Tilbud ¦ Takst 2025"), is_header("Krisecenter, § 109 | 2.653")
    (True, False)
    """
    return HEAD in row


def blocks_of(text: str, page: int = 0) -> list[Block]:
    """The lines of clean text with their kinds and offsets."""
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
    """(kind, heading level) of a line between its neighbours. The first rule that applies decides; the
    rules are one decision table, so they stay together."""
    if (CELL in text or HEAD in text) and not text.startswith("#"):
        return "row", 0
    if text.startswith("#"):
        return "heading", len(text) - len(text.lstrip("#"))
    if BULLET.match(text):
        return "item", 0
    short = len(text.split()) <= 12 and not re.search(r"[.;,]$", text)
    if m := NAMED_PART.match(text):
        own_list = NAMED_PART.match(after) or NAMED_PART.match(before)
        return ("item", 0) if own_list or not short else ("heading", 1 if m.group()[0] in "KB" else 2)
    if is_row(text):
        return "row", 0
    if CLOCK.match(text) and (CLOCK.match(before) or CLOCK.match(after)):
        return "item", 0  # an agenda item
    if short and (level := _section_level(text, before, after)):
        return "heading", level
    if NUMBERED.match(text):
        return "item", 0
    if short and _in_capitals(text):
        return "heading", 2
    if _plain_heading(text, before, after):
        return "heading", 3
    return "paragraph", 0


def _section_level(text: str, before: str, after: str) -> int:
    """The level of a heading with a section number, 0 for a line without one or an item of a numbered list."""
    m = SECTION_NUMBER.match(text)
    if m is None or not after or text.endswith("?"):
        return 0
    number = m.group(1)
    opened = before.endswith(":") and number == "1"
    in_list = opened or NUMBERED.match(after) or (NUMBERED.match(before) and "." not in number)
    return 0 if in_list and number.isdigit() else 1 + number.count(".") + 1


def _in_capitals(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) >= 4 and sum(c.isupper() for c in letters) > 0.8 * len(letters)


def _plain_heading(text: str, before: str, after: str) -> bool:
    """A short capitalised line without end punctuation, followed by running text or a list."""
    if len(text.split()) > 10 or not text[:1].isupper() or re.search(r"[.,;:!)\d]$", text):
        return False
    if text.endswith("?"):
        return bool(after) and not BULLET.match(after)
    below = len(after.split()) >= 9 or bool(BULLET.match(after)) or after.endswith(":") or is_row(after)
    return below and not (before and before[-1] in ",;")


def is_row(text: str) -> bool:
    """Whether a line looks like a table row: words followed by several figures, and not a sentence.

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
