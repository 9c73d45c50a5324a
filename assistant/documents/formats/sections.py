"""The common form of files without pages: lines that are "# heading", "- item", "a | b | c" or text,
cut into sections that a reader can be sent to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from assistant.documents.formats.headers import names_columns, stacked
from assistant.models import CELL, HEAD, Page

CUT = 2  # headings down to this level begin a section
REPEAT = 12  # rows after which the header is set again, so that no row stands far from it


def sections(lines: Iterable[str]) -> list[Page]:
    """Pages cut at headings; a section's label names its heading.

    >>> [(p.printed_label, p.raw) for p in sections(["Indledning.", "# Takster", "Overhead er 5 pct."])]
    [('dokumentets begyndelse', 'Indledning.'), ('afsnit »Takster«', '# Takster\\nOverhead er 5 pct.')]
    """
    parts: list[tuple[str, list[str]]] = [("dokumentets begyndelse", [])]
    for line in lines:
        heading = re.match(rf"#{{1,{CUT}}} (.+)", line)
        if heading and any(not x.startswith("#") for x in parts[-1][1]):
            parts.append((f"afsnit »{heading.group(1).strip()}«", [line]))
        elif heading:  # headings right below each other belong together
            parts[-1] = (f"afsnit »{heading.group(1).strip()}«", [*parts[-1][1], line])
        elif line.strip():
            parts[-1][1].append(line)
    texts = [(label, "\n".join(own)) for label, own in parts if own]
    return [Page(n, text, "markup", label) for n, (label, text) in enumerate(texts, start=1)]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """A table's rows as lines, its header's cells parted by a mark of their own. A row of one cell (one
    that spans the table, or a title above its header) is a heading; so is a municipality's name alone.

    >>> table([["Tilbud", "Takst 2026"], ["Aflastning", "2.134"], ["Botilbud", ""]])
    ['Tilbud ¦ Takst 2026', 'Aflastning | 2.134', 'Botilbud | –']
    >>> table([["Tilbud", "Takst", "Takst"], ["", "2025", "2026"], ["Botilbud", "2.100", "2.134"]])
    ['Tilbud ¦ Takst 2025 ¦ Takst 2026', 'Botilbud | 2.100 | 2.134']
    >>> table([["Emne", "Regel"], ["Varsel", "tre måneder"], ["Klage", "skriftligt"]])
    ['Emne ¦ Regel', 'Varsel | tre måneder', 'Klage | skriftligt']
    """
    lines: list[str] = []
    header, since = "", 0
    fresh = True  # a header may come: at the start, and after an empty line or a heading
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
        # Later on, a row of words alone is a header where it names a column as the last one did, or figures follow.
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
    """The rows, two that are one header put together."""
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
    """Markdown as such lines: no emphasis, no table rules, a line in bold as a heading.

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
