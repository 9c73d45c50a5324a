"""Restores line breaks in text whose lines were merged.

Some readers and converters put a page's headings, lists and agendas into running lines. Signs of the original lines
remain: the next number of a list, a bullet, the next time of an agenda, the number of a section. A break is inserted
only where several signs agree or one is unmistakable, because breaking a list in the wrong place is worse than not
finding it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from assistant.language.times import TIME
from assistant.models import CELL, HEAD, Repair

LONGEST_HEADING = 14  # most words of a section heading before its text begins
AFTER = 5  # words that must follow a heading on its line; with fewer, the whole line is the heading

_NUMBER = re.compile(r"(?<!\S)(?:\((\d{1,2})\)|(\d{1,2})[.)])\s+(?=[\"“»(]?[A-ZÆØÅ])")
_NO_LIST = re.compile(
    r"(?:§+|\b(?:stk|nr|pkt|jf|punkt|afsnit|kapitel|bilag|figur|tabel|side|den|d|til|fra|og|fase|del|løft|vedr)\.?)\s*$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?<!\S)[•▪●■○►➢✓]\s+(?=\S)")
_CLOCK = re.compile(rf"(?<![\w.:–-])(?<!kl\. )(?<!kl )(?P<time>{TIME})(?:\s*[-–]\s*{TIME})?:?\s+(?=[A-ZÆØÅ])")
_SECTION = re.compile(r"(?<!\S)(\d{1,2}(?:\.\d{1,2}){1,3})\.?\s+(?=[A-ZÆØÅ])")
_PART = re.compile(
    r"(?<!\S)(?:Bord|Gruppe|Tema|Fokusområde|Indsatsområde|Spor)\s+\d{1,2}(?::\s|\s+(?P<point>(?=\(?1[.)]\s)))"
)
_DASH = re.compile(r"(?<!\S)[-–]\s+(?=[A-ZÆØÅ])")
_SEAM = re.compile(r"(?<=[a-zæøå)])\s+(?=[A-ZÆØÅ][a-zæøå]*\b)")
# A heading does not end on one of these words: the capital after it starts a name.
_LEADS_ON = re.compile(
    r"\b(?:i|på|af|for|til|fra|med|ved|om|hos|under|efter|mellem|og|eller|samt|den|det|de|en|et|region|kkr)$",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"(?:^|(?<=\s))(?:\d{1,2}(?:\.\d{1,2})*\.?\s+)?([A-ZÆØÅ][^.…\n]{3,90}?)\s*(?:\.{3,}|…+)(?:\s?\.)*\s*\d{1,3}\b"
)


def titles(pages: Iterable[str]) -> frozenset[str]:
    """The headings listed in a document's table of contents, from its raw pages; empty if there is none.

    >>> sorted(titles(["Indhold Takster...4 1. Økonomisk styring...16 2. Indhold og pris...18"]))
    ['Indhold Takster', 'Indhold og pris', 'Økonomisk styring']
    """
    found = [[m.group(1) for m in _LISTED.finditer(" ".join(page.split()))] for page in pages]
    return frozenset(title for listed in found if len(listed) > 2 for title in listed)


def unfold(text: str, headings: Collection[str] = ()) -> list[Repair]:
    """The spaces in a page's clean text that should be line breaks. `headings` are the entries of the document's table
    of contents; if a line starts with one, its text goes on a new line.

    >>> text = "Tre spor: 1) Data 2) Analyse 3) Styring"
    >>> [text[r.end :][:7] for r in unfold(text)]
    ['1) Data', '2) Anal', '3) Styr']
    >>> [r.start for r in unfold("Gruppe 4 1. Opbygge viden")]
    [8]
    >>> unfold("Taksten er 2.500 kr. i 2023. Se stk. 1. Kommunen betaler, jf. stk. 2. Regionen betaler.")
    []
    """
    found = set(_programme(text))
    at = 0
    for line in text.split("\n"):
        if CELL not in line and HEAD not in line:
            found |= {at + place for place in _starts(line)}
            found |= {at + place for place in _headed(line, headings)}
        at += len(line) + 1
    repairs = []
    for place in sorted(found):
        start = len(text[:place].rstrip(" "))
        if start < place and start and text[start - 1] != "\n":
            repairs.append(Repair(start, place, text[start:place], "\n", "unfolded"))
    return repairs


def _starts(line: str) -> set[int]:
    """Offsets inside a line where an original line began."""
    found = set(_numbered(line)) | set(_several(_BULLET, line, 2)) | set(_several(_PART, line, 1))
    found |= set(_several(_DASH, line, 3))
    # A part with a list below it counts even if it is the only one.
    found |= {m.end() for m in _PART.finditer(line) if m.group("point") is not None}
    for place, end in _sections(line):
        found.add(place)
        if (below := _below(line, end, found)) is not None:
            found.add(below)
    return found - {0}


def _headed(line: str, headings: Collection[str]) -> Iterator[int]:
    """Where the text begins if the line starts with a known heading."""
    start = re.match(r"\s*(?:\d{1,2}(?:\.\d{1,2})*\.?\s+)?", line)
    bare = line[start.end() :] if start else line
    title = max((h for h in headings if bare.startswith(h + " ")), key=len, default=None)
    if title is None:
        return
    text = bare[len(title) :].lstrip()
    if text[:1].isupper() and len(text.split()) >= AFTER:
        yield len(line) - len(text)


def _several(mark: re.Pattern[str], line: str, least: int) -> list[int]:
    places = [m.start() for m in mark.finditer(line)]
    return places if len(places) >= least else []


def _numbered(line: str) -> Iterator[int]:
    """The numbers of lists that count up from one, with at least two items."""
    run: list[int] = []
    for m in _NUMBER.finditer(line):
        number = int(m.group(1) or m.group(2))
        if _NO_LIST.search(line[: m.start()]):
            continue
        if number == 1:
            yield from run if len(run) > 1 else []
            run = [m.start()]
        elif run and number == len(run) + 1:
            run.append(m.start())
    yield from run if len(run) > 1 else []


def _programme(text: str) -> Sequence[int]:
    """The times of an agenda: at least three, in ascending order."""
    places, times = [], []
    for m in _CLOCK.finditer(text):
        places.append(m.start())
        times.append(tuple(map(int, re.split("[.:]", m.group("time")))))
    return places if len(places) >= 3 and times == sorted(times) else ()


def _sections(line: str) -> Iterator[tuple[int, int]]:
    """(start, end of the number) of the numbered sections that begin inside a line."""
    marks = [m for m in _SECTION.finditer(line) if not _NO_LIST.search(line[: m.start()])]
    if _programme(line):
        return
    for m in marks:
        ended = not line[: m.start()].strip() or re.search(r"[.!?:»)]\s*$", line[: m.start()])
        chapter = m.group(1).split(".")[0]
        kin = any(o is not m and o.group(1).split(".")[0] == chapter for o in marks)
        if m.group(1).count(".") > 1 or (kin and ended) or (kin and m is not marks[-1]):
            yield m.start(), m.end()


def _below(line: str, start: int, others: set[int]) -> int | None:
    """Where the text under the heading at `start` begins, or None if that is unclear."""
    stop = min((p for p in others if p > start), default=len(line))
    for m in _SEAM.finditer(line, start, stop):
        heading = line[start : m.start()]
        if len(heading.split()) > LONGEST_HEADING or re.search(r"[.!?;]\s", heading):
            return None
        if not _LEADS_ON.search(heading) and len(line[m.end() : stop].split()) >= AFTER:
            return m.end()
    return None
