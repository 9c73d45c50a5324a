"""The common format of files without pages: lines that are "# heading", "- item", "a | b | c" or text, cut into
sections that can be cited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from assistant.documents.formats.headers import names_columns, stacked
from assistant.models import CELL, HEAD, Page

CUT = 2  # headings down to this level start a section
REPEAT = 12  # rows after which the header is repeated, so that no row is far from it


def sections(lines: Iterable[str]) -> list[Page]:
    """Cuts lines into pages at headings. The label of a section names its heading.

    >>> [(p.printed_label, p.raw) for p in sections(["Indledning.", "# Takster", "Overhead er 5 pct."])]
    [('dokumentets begyndelse', 'Indledning.'), ('afsnit »Takster«', '# Takster\\nOverhead er 5 pct.')]
    """
    parts: list[tuple[str, list[str]]] = [("dokumentets begyndelse", [])]
    for line in lines:
        heading = re.match(rf"#{{1,{CUT}}} (.+)", line)
        if heading and any(not x.startswith("#") for x in parts[-1][1]):
            parts.append((f"afsnit »{heading.group(1).strip()}«", [line]))
        elif heading:  # consecutive headings stay in one section
            parts[-1] = (f"afsnit »{heading.group(1).strip()}«", [*parts[-1][1], line])
        elif line.strip():
            parts[-1][1].append(line)
    texts = [(label, "\n".join(own)) for label, own in parts if own]
    return [Page(n, text, "markup", label) for n, (label, text) in enumerate(texts, start=1)]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """A table's rows as lines; the cells of a header row are separated by a mark of their own. A row with a single cell
    (a cell that spans the table, or a title above the header) becomes a heading, and so does a row with only a
    municipality's name. It is one loop, because a row is judged by the header and the break before it.

    >>> table([["Tilbud", "Takst 2026"], ["Aflastning", "2.134"], ["Botilbud", ""]])
    ['Tilbud ¦ Takst 2026', 'Aflastning | 2.134', 'Botilbud | –']
    >>> table([["Tilbud", "Takst", "Takst"], ["", "2025", "2026"], ["Botilbud", "2.100", "2.134"]])
    ['Tilbud ¦ Takst 2025 ¦ Takst 2026', 'Botilbud | 2.100 | 2.134']
    >>> table([["Emne", "Regel"], ["Varsel", "tre måneder"], ["Klage", "skriftligt"]])
    ['Emne ¦ Regel', 'Varsel | tre måneder', 'Klage | skriftligt']
    """
    lines: list[str] = []
    header, since = "", 0
    fresh = True  # whether a header may follow: at the start, after an empty row, after a heading
    own = [[_cell(c) for c in row] for row in _stacked(rows)]
    for row, below in zip(own, [*own[1:], []], strict=True):
        filled = [c for c in row if c != "–"]
        if not filled:
            fresh = True
            continue
        alone = len(filled) == 1 and (len(row) == 1 or not header or _GROUP.search(filled[0]))
        if alone:
            lines.append(f"### {filled[0]}" if len(filled[0].split()) <= 12 else filled[0])
            fresh = True
            continue
        # Later in the table, a row of words is a header if it repeats a column name of the last header, or if it
        # follows a break and the next row does not look like a header.
        again = any(cell == head != "–" for cell, head in zip(row, header.split(HEAD), strict=False))
        first = fresh and not (header and names_columns(below))
        if names_columns(row) and (again or first):
            header, since, fresh = HEAD.join(row), 0, False
            lines.append(header)
            continue
        fresh = False
        if header and since >= REPEAT:
            lines.append(header)
            since = 0
        lines.append(CELL.join(row))
        since += 1
    return lines


def _stacked(rows: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The rows, with each two-row header merged into one row."""
    before: Sequence[str] = ()
    for row in rows:
        if heads := stacked(before, row):
            before = heads
            continue
        if before:
            yield before
        before = row
    if before:
        yield before


_GROUP = re.compile(r"\bkommuner?$|^region ", re.IGNORECASE)


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("|", "/").replace("¦", "/")).strip() or "–"


def from_markdown(text: str) -> list[str]:
    """Converts Markdown to these lines: removes emphasis and table rules; a line in bold becomes a heading.

    >>> from_markdown("**Opsigelse**\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |\\n* punkt")
    ['### Opsigelse', 'a ¦ b', '1 | 2', '- punkt']
    """
    lines: list[str] = []
    for is_table, group in groupby(text.split("\n"), key=lambda x: x.lstrip().startswith("|")):
        if is_table:
            rows = [[_plain(c) for c in x.strip().strip("|").split("|")] for x in group]
            lines += table([r for r in rows if not all(re.fullmatch(r"\s*:?-{2,}:?\s*", c) for c in r)])
            continue
        for line in group:
            bare = line.strip()
            if m := re.fullmatch(r"\*\*([^*]{3,90})\*\*:?", bare):
                lines.append(f"### {m.group(1).strip()}")
            elif bare:
                lines.append(_plain(re.sub(r"^[*+-]\s+", "- ", bare)))
    return lines


def _plain(text: str) -> str:
    return re.sub(r"(?<!\w)(\*{1,2}|_{1,2})(?=\S)(.+?)(?<=\S)\1(?!\w)", r"\2", text).strip()
