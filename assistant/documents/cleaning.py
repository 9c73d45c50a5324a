"""Turns raw pages into searchable text: removes running lines and tables of contents, joins broken words and lines.

Every change is a `Repair` against the raw page, so that a quote can be mapped back to it. In the result, a line break
ends a paragraph, a heading, a list item or a table row, never just a printed line.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.language.marks import NOTE
from assistant.language.times import MONTHS
from assistant.models import CELL, HEAD, CleanPage, Page, Repair, TableRow

EDGE_LINES = 3  # a running line is among the first or last three lines of its page
RUNNING_SHARE = 0.3  # ... and occurs on this share of the pages, at least three
BULLET = re.compile(r"^\s*(?:\*(?!\*)|[-–—•·▪●○■□+»>«¢]|e(?=\s+[A-ZÆØÅ])|o(?=\s+[A-ZÆØÅ]))\s*(?=\S)")
ITEM = re.compile(
    rf"^\s*(?:\(?\d{{1,2}}[.)]\s+(?!(?:{'|'.join(MONTHS)})\b)\S|\(?[a-zæøå]\)\s|[A-Z]\.\s|§\s*\d|Stk\.\s*\d"
    r"|\d+\.\d+(?:\.\d+)*\.?\s+\S|(?:Bilag|Tabel|Kapitel|Fokusområde)\s+\d+)"
)
ENDS = re.compile(r"[.!?:;][\"”»')]*\s*$")
LEADERS = re.compile(r"(?:\.\s?){4,}\s*\d{1,3}\s*$|(?:\.\s?){8,}")
SHORT_LEADERS = re.compile(r"(?:\.{3}|…)\s?\d{1,3}\b")  # a table of contents whose lines were merged
JOINED_BY = ("og", "eller", "samt", "og/eller", "til", "som", "såvel", "i", "m.v.")


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int  # excludes the line break
    text: str


def clean(pages: Sequence[Page]) -> list[CleanPage]:
    """Cleans all pages of one document. The pages are compared with each other to find running lines."""
    split = [_free(page, _lines(page.raw)) for page in pages]
    running = _running(split)
    cores = _running_cores(split, running)
    offsets = _number_offsets(split)
    cleaned = []
    for page, lines, out in zip(pages, split, running, strict=True):
        if page.origin == "markup" and page.printed_label:  # sections and sheets have no running lines
            cleaned.append(CleanPage.of(page.number, page.raw, _note_marks(page.raw, [])))
            continue
        repairs = _given(page) + _running_repairs(page.raw, lines, out)
        if page.origin != "markup":
            repairs += _inline_running(page, lines, out, cores, offsets)
            repairs = _join(page.raw, lines, out, repairs)
        repairs += _note_marks(page.raw, repairs)
        cleaned.append(CleanPage.of(page.number, page.raw, repairs))
    return cleaned


NOTE_MARK = "note mark"
# A raised figure after a unit of measure or a power of ten is an exponent. At the start of a line it is the number of
# the note itself. Elsewhere it is a note mark.
_MARKED = re.compile(rf"(?<=\S)[ \t]?{NOTE.pattern}[⁾,]?(?:{NOTE.pattern}[⁾]?)*")
_MEASURE = re.compile(r"(?:(?<![^\W\d_])(?:[cdkm]?m|km|s|l|Bq|Sv|t|h|kg)|[×x·*∙.]\s?10|\)|\]|[²³⁻])$")


def _note_marks(raw: str, taken: list[Repair]) -> list[Repair]:
    """Removes note marks from the text that is searched and quoted. The repairs keep them, so that the notes can be
    found."""
    spans = [(r.start, r.end) for r in taken]
    return [
        Repair(m.start(), m.end(), m.group(), "", NOTE_MARK)
        for m in _MARKED.finditer(raw)
        if not _MEASURE.search(raw[max(0, m.start() - 6) : m.start()])
        and "⁻" not in raw[max(0, m.start() - 1) : m.end() + 1]
        and raw[: m.start()].rpartition("\n")[2].strip()
        and raw[m.end() : m.end() + 1] not in ("/", "⁄")  # part of a fraction
        and not _overlaps(spans, m.start(), m.end())
    ]


def _lines(raw: str) -> list[_Line]:
    lines, at = [], 0
    for piece in raw.split("\n"):
        lines.append(_Line(at, at + len(piece), piece))
        at += len(piece) + 1
    return lines


def _free(page: Page, lines: list[_Line]) -> list[_Line]:
    """The lines outside tables. Table rows are handled separately."""
    taken = [row.span for row in page.rows]
    return [line for line in lines if not _overlaps(taken, line.start, line.end)]


def _given(page: Page) -> list[Repair]:
    """Repairs for the table rows that the reader found: each row becomes one line of cells."""
    return [repair for row in page.rows for repair in _row_repairs(page.raw, row)]


def _row_repairs(raw: str, row: TableRow) -> list[Repair]:
    """Puts a row's cells on one line. An empty cell becomes a dash or the text of a merged cell. Header cells are
    separated by `HEAD`, and each is preceded by the text above it in a two-row header."""
    mark = HEAD if row.header else CELL
    over = row.above or ("",) * len(row.cells)
    held = row.given or ("",) * len(row.cells)
    empty = [words or merged or "–" for words, merged in zip(over, held, strict=True)]
    lead = [f"{words} " if words else "" for words in over]
    filled = [(i, cell) for i, cell in enumerate(row.cells) if cell]
    repairs = []
    for _, (start, end) in filled:
        for m in re.finditer(r"\s*\n\s*", raw[start:end]):
            a, b = start + m.start(), start + m.end()
            repairs.append(Repair(a, b, raw[a:b], " ", "table"))
    for (i, (_, a)), (j, (b, _)) in pairwise(filled):
        repairs.append(Repair(a, b, raw[a:b], mark + mark.join([*empty[i + 1 : j], lead[j]]), "table"))
    (first, (at, _)), (last, (_, end)) = filled[0], filled[-1]
    if before := mark.join([*empty[:first], lead[first]]):
        repairs.append(Repair(at, at + 1, raw[at], before + raw[at], "table"))
    if after := "".join(mark + words for words in empty[last + 1 :]):
        repairs.append(Repair(end - 1, end, raw[end - 1], raw[end - 1] + after, "table"))
    return repairs


# --- running lines: headers, footers and page numbers ---


def _signature(text: str, number: int, usual: set[int]) -> str:
    """The text of a line with the printed page number replaced by "#". Other figures are kept: they are content."""
    plain = re.sub(r"\s+", " ", text).strip().lower()
    return re.sub(r"\d{1,4}", lambda m: "#" if int(m.group()) - number in usual else m.group(), plain)


def _edges(lines: list[_Line]) -> list[int]:
    """Indices of the first and last printed lines of a page; none for a page with a single line."""
    filled = [i for i, line in enumerate(lines) if line.text.strip()]
    if len(filled) <= 1:
        return []
    return sorted({*filled[:EDGE_LINES], *filled[-EDGE_LINES:]})


def _running(split: list[list[_Line]]) -> list[set[int]]:
    """For each page, the indices of its headers, footers and page numbers."""
    pages_with: Counter[str] = Counter()
    enough = max(3, RUNNING_SHARE * len(split))
    offsets = _number_offsets(split)
    usual = {offset for offset, count in offsets.items() if count >= enough}
    for number, lines in enumerate(split, start=1):
        pages_with.update({_signature(lines[i].text, number, usual) for i in _edges(lines)})
    found = []
    for number, lines in enumerate(split, start=1):
        out = set()
        for i in _edges(lines):
            text = lines[i].text
            sign = _signature(text, number, usual)
            bare = re.fullmatch(
                r"[-–\s]*(?:side\s+|s\.\s*)?(\d{1,4})(?:\s*(?:af|/)\s*\d+)?[-–\s]*", text.lower()
            )
            if bare:
                if offsets[int(bare.group(1)) - number] >= enough or (
                    "side" in text.lower() and pages_with[sign] >= enough
                ):
                    out.add(i)
            elif pages_with[sign] >= enough and len(sign) > 3 and not _sentence(text):
                out.add(i)
        filled = {i for i, line in enumerate(lines) if line.text.strip()}
        found.append(out if out < filled else set())  # never remove a whole page
    return found


def _number_offsets(split: list[list[_Line]]) -> Counter[int]:
    """For each difference between a bare number at a page's edge and the physical page number, how often it occurs."""
    offsets: Counter[int] = Counter()
    for number, lines in enumerate(split, start=1):
        for i in _edges(lines):
            if m := re.fullmatch(r"[-–\s]*(?:.*\s)?(\d{1,4})[-–\s]*", lines[i].text.lower()):
                offsets[int(m.group(1)) - number] += 1
    return offsets


def _sentence(text: str) -> bool:
    """Whether the line is a full sentence: if it recurs, it is content and not a header."""
    return len(text.split()) > 9 and text.rstrip().endswith(".")


def _running_repairs(raw: str, lines: list[_Line], out: set[int]) -> list[Repair]:
    repairs = []
    for i in sorted(out):
        line = lines[i]
        start, end = line.start, line.end
        if end < len(raw):
            end += 1
        elif start > 0 and i - 1 not in out:
            start -= 1
        repairs.append(Repair(start, end, raw[start:end], "", "running line"))
    return repairs


def _running_cores(split: list[list[_Line]], running: list[set[int]]) -> list[re.Pattern[str]]:
    """Patterns for the text of long running lines, to find where a reader merged them into a paragraph."""
    seen: dict[str, int] = defaultdict(int)
    for lines, out in zip(split, running, strict=True):
        for i in out:
            core = re.sub(r"^\W*\d*\W*|\W*\d*\W*$", "", lines[i].text.strip())
            if len(core) >= 20:
                seen[core] += 1
    patterns = []
    for core, count in seen.items():
        if count >= 3:
            words = r"\s+".join(re.escape(w) for w in core.split())
            patterns.append(
                re.compile(rf"(?<!\S)(\d{{1,4}})\s+{words}(?!\S)|(?<!\S){words}\s+(\d{{1,4}})(?!\S)")
            )
    return patterns


def _inline_running(
    page: Page,
    lines: list[_Line],
    out: set[int],
    cores: list[re.Pattern[str]],
    offsets: Counter[int],
) -> list[Repair]:
    """Running lines inside a paragraph: their known text next to this page's own printed number."""
    taken = [(lines[i].start, lines[i].end) for i in out]
    usual = {offset for offset, count in offsets.items() if count >= 3} | {0}
    repairs: list[Repair] = []
    for pattern in cores:
        for m in pattern.finditer(page.raw):
            start, end = m.span()
            if int(m.group(1) or m.group(2)) - page.number not in usual:
                continue
            if not _overlaps(taken, start, end + 1):
                repairs.append(Repair(start, end, m.group(), "", "running line"))
                taken.append((start, end))
    return repairs


# --- words and lines broken by the page width ---


def _join(raw: str, lines: list[_Line], out: set[int], repairs: list[Repair]) -> list[Repair]:
    removed = [(r.start, r.end) for r in repairs]
    width = _width([line for i, line in enumerate(lines) if i not in out])
    kept = [line for i, line in enumerate(lines) if i not in out]
    result = list(repairs)
    contents = len(SHORT_LEADERS.findall(raw)) >= 3
    for line in kept:
        listed = LEADERS.search(line.text) or (contents and SHORT_LEADERS.search(line.text))
        if listed and not _overlaps(removed, line.start, line.end):
            end = min(line.end + 1, len(raw))
            if _overlaps(removed, line.start, end):
                end = line.end
            result.append(Repair(line.start, end, raw[line.start : end], "", "contents"))
            removed.append((line.start, end))
    kept = [line for line in kept if not _overlaps(removed, line.start, line.end, whole=True)]
    prose = _prose(kept)
    for n, (here, following) in enumerate(pairwise(kept)):
        start, end = here.end, following.start
        if raw[start:end] != "\n" or _overlaps(removed, start, end):
            continue
        after = kept[n + 2].text if n + 2 < len(kept) else ""
        if join := _broken(here.text, following.text, after, width if prose else 0):
            drop, after, reason = join
            result.append(Repair(start - drop, end, raw[start - drop : end], after, reason))
    result += _soft_hyphens(raw, result)
    return result + _kerning(raw, result)


def _overlaps(spans: list[tuple[int, int]], start: int, end: int, *, whole: bool = False) -> bool:
    if whole:
        return any(s <= start and end <= e for s, e in spans)
    return any(s < end and start < e for s, e in spans)


def _width(lines: list[_Line]) -> float:
    """The width of the column in characters: the 85th percentile of the line lengths."""
    lengths = sorted(len(line.text.strip()) for line in lines if line.text.strip())
    return lengths[int(len(lengths) * 0.85)] if lengths else 0


def _prose(lines: list[_Line]) -> bool:
    """Whether the page is running text: its lines break inside sentences. On slides and in lists each line starts with
    a capital."""
    follow = [line.text.lstrip()[:1] for line in lines[1:] if line.text.strip()]
    return bool(follow) and sum(c.islower() for c in follow) >= 0.25 * len(follow)


# A single word in capitals on its own line is the title of a box ("MÅL"), even if OCR misread some letters ("miL").
LABEL = re.compile(r"[^\W\d_]{1,11}[A-ZÆØÅ]")


def _broken(here: str, following: str, after: str, width: float) -> tuple[int, str, str] | None:
    """(characters to drop, replacement, reason) for a line break that does not end a paragraph, else None.

    `width` is 0 on a page that is not running text; then only the words decide. The rules for a hyphen at the end of
    the line stay in one place, because their order matters.
    """
    left, right = here.rstrip(), following.lstrip()
    pad = len(here) - len(left)
    if not left or not right:
        return None
    starts_unit = bool(BULLET.match(following) or ITEM.match(following))
    if m := re.search(r"([^\W\d_]+)( ?[-\u00ad\u2010])$", left):
        lower = right[0].islower()
        if " " in m.group(2) and not lower:
            return None
        if lower and right.split()[0].strip(".,;)") in JOINED_BY:
            return pad, " ", "line break"
        if lower and not m.group(1).isupper():
            return pad + len(m.group(2)), "", "hyphen"
        if right[0].isalnum() and not starts_unit:
            return pad, "", "line break"
    return (pad, " ", "line break") if _goes_on(left, right, after, width, starts_unit) else None


def _goes_on(left: str, right: str, after: str, width: float, starts_unit: bool) -> bool:
    """Whether a line without a hyphen at its end continues on the next. `after` is the line below that; `starts_unit`:
    the next line looks like a list item."""
    if starts_unit and not (right.startswith("§") and re.search(r"\b(?:jf\.|efter|i|og|,|lovens)$", left)):
        return False
    if LABEL.fullmatch(right) and after.lstrip()[:1].isupper():
        return False
    if right[0].islower() or _OPEN.search(left):
        return True
    if len(left) >= 0.72 * width and width >= 28 and not ENDS.search(left):
        return True
    return _fills_column(left, right, after, width)


# A line that ends with one of these continues on the next.
_OPEN = re.compile(
    r"(?:[,(/–]|\b(?:og|eller|samt|af|for|i|på|til|med|om|at|en|et|den|det|der|som|fra|ved|stk\.|nr\.|jf\.|§))$"
)


def _fills_column(left: str, right: str, after: str, width: float) -> bool:
    """Whether a sentence ends at the right edge of the column, and the next line continues the paragraph rather than
    being a heading."""
    if width < 40 or len(left) < 0.8 * width or not ENDS.search(left) or left.endswith(":"):
        return False
    short = len(right) < 0.7 * width and not ENDS.search(right)
    return not short or after.lstrip()[:1].islower()


KERNED = re.compile(
    r"(?<![\w.])[TVY] (?=(?!(?:og|er|eller|af|at|en|et)\b)[aeoøåæuyr][a-zæøå]{2})|(?<=-)T (?=aa)"
)


def _kerning(raw: str, taken: list[Repair]) -> list[Repair]:
    """Joins a capital that is separated from its word by tight kerning ("T akst"), which happens with some fonts in
    pypdf."""
    spans = [(r.start, r.end) for r in taken]
    return [
        Repair(m.end() - 1, m.end(), " ", "", "kerning")
        for m in KERNED.finditer(raw)
        if not _overlaps(spans, m.end() - 1, m.end())
    ]


def _soft_hyphens(raw: str, taken: list[Repair]) -> list[Repair]:
    """Handles U+00AD inside a line: some typesetters use it as a visible hyphen, others as a hyphenation hint."""
    spans = [(r.start, r.end) for r in taken]
    found = []
    for m in re.finditer("\u00ad", raw):
        if _overlaps(spans, m.start(), m.end()):
            continue
        before = raw[m.start() - 1 : m.start()]
        after = raw[m.end() : m.end() + 1]
        hint = before.isalpha() and after.isalpha()
        found.append(Repair(m.start(), m.end(), m.group(), "" if hint else "-", "soft hyphen"))
    return found
