"""The common form of files without pages: lines that are "# heading", "- item", "a | b | c" or text,
cut into sections that a reader can be sent to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from assistant.models import Page

CUT = 2  # headings down to this level begin a section
LONG = 60  # words of a cell: a table of such is layout
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
    """A table's rows as lines; a row with one filled cell is a heading within it.

    >>> table([["Tilbud", "Takst 2026"], ["Aflastning", "2.134"]])
    ['Tilbud | Takst 2026', 'Aflastning | 2.134']
    """
    filled = [[_cell(c) for c in row] for row in rows]
    # A merged cell is given once for every column it spans.
    plain = [row if len(set(row)) > 1 else [next(iter(set(row)), "–")] for row in filled]
    lines: list[str] = []
    header, since = "", 0
    for row in plain:
        own = [c for c in row if c != "–"]
        if len(own) == 1:
            if len(own[0].split()) <= 12:
                lines.append(f"### {own[0]}")
            else:
                lines.append(own[0])
            continue
        if not own:
            continue
        line = " | ".join(row)
        if not header and not any(_FIGURE.fullmatch(c) for c in row):
            header = line
        elif header and since >= REPEAT and line != header:
            lines.append(header)
            since = 0
        lines.append(line)
        since += 1
    return lines


_FIGURE = re.compile(r"(?!(?:19|20)\d\d$)[±+-]?\s*\d[\d.,]*\s*(?:%|pct\.?|kr\.?|mio\..*)?")


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("|", "/")).strip() or "–"


def from_markdown(text: str) -> list[str]:
    """Markdown as such lines: no emphasis, no table rules, a line in bold as a heading.

    >>> from_markdown("**Opsigelse**\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |\\n* punkt")
    ['### Opsigelse', 'a | b', '1 | 2', '- punkt']
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
